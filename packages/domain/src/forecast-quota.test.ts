import fc from "fast-check";
import { expect, test } from "vitest";
import { realDurations } from "./durations.ts";
import { forecastQuota, spareWorkers } from "./forecast-quota.ts";

const forecast = (requestsPerSecond: number, recorders: number, workers = 1_000_000) =>
  forecastQuota({ requestsPerSecond, workers, recorders, maxIdleMs: 300_000 }, realDurations);

test("Agora's defaults fit: fifty recorders at ten requests per second", () => {
  expect(forecast(10, 50, 50)).toMatchObject({ requests: "fits", workers: "cannot_fit", workersNeeded: 52 });
  expect(forecast(10, 48, 50)).toMatchObject({ requests: "fits", workers: "fits" });
});

test("a thousand recorders need 8.3 polls per second: at ten they stretch, and 11 would do", () => {
  const thousand = forecast(10, 1_000);
  expect(thousand.pollsPerSecond).toBeCloseTo(8.33, 2);
  expect(thousand.pollsPerSecondMax).toBeCloseTo(7.77, 2);
  expect(thousand).toMatchObject({ requests: "stretches", requestsPerSecondNeeded: 11, recordersMax: 1_694 });
  expect(thousand.burstS).toBe(206);
});

test("what not even stretched polls can watch is told, with what to ask Agora for", () => {
  expect(forecast(10, 1_694)).toMatchObject({ requests: "stretches" });
  expect(forecast(10, 1_695)).toMatchObject({ requests: "cannot_fit", requestsPerSecondMin: 11 });
  expect(forecast(0.5, 106)).toMatchObject({ requests: "cannot_fit", requestsPerSecondMin: 1 });
});

test("law: what it says to ask for is enough, and one less is not", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 200_000 }), (recorders) => {
      const { requestsPerSecondNeeded, requestsPerSecondMin, workersNeeded } = forecast(1, recorders);
      expect(forecast(requestsPerSecondNeeded, recorders, workersNeeded)).toMatchObject({
        requests: "fits",
        workers: "fits",
      });
      expect(forecast(requestsPerSecondMin, recorders).requests).not.toBe("cannot_fit");
      if (requestsPerSecondMin > 1) expect(forecast(requestsPerSecondMin - 1, recorders).requests).toBe("cannot_fit");
      expect(workersNeeded - 1 - spareWorkers(workersNeeded - 1)).toBeLessThan(recorders);
    }),
  );
});
