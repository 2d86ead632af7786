import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { kafkaImage, redisImage } from "./images.ts";

const composePath = fileURLToPath(new URL("../../../docker-compose.yml", import.meta.url));

test.runIf(existsSync(composePath))("docker-compose.yml names the images that devstack starts", () => {
  const images = [...readFileSync(composePath, "utf8").matchAll(/^\s*image:\s*["']?([^\s"']+)/gm)].map(
    ([, name]) => name,
  );
  expect(images).toEqual(expect.arrayContaining([kafkaImage, redisImage]));
});
