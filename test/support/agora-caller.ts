/** An answer of Agora as a foreign client sees it; `word` is the status with its code or message. */
export interface CallerAnswer {
  readonly status: number;
  readonly word: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Somebody's plain client of Cloud Recording: no retry, no opinion. */
export interface AgoraCaller {
  readonly acquire: (uid?: number, channelName?: string) => Promise<CallerAnswer>;
  readonly start: (acquired: CallerAnswer, uid?: number, channelName?: string) => Promise<CallerAnswer>;
  /** acquire and start; throws when either is refused. */
  readonly record: (uid?: number, channelName?: string) => Promise<Started>;
  readonly query: (started: Started) => Promise<CallerAnswer>;
  readonly update: (started: Started) => Promise<CallerAnswer>;
  readonly updateLayout: (started: Started) => Promise<CallerAnswer>;
  readonly stop: (started: Started) => Promise<CallerAnswer>;
}
export interface Started {
  readonly resourceId: string;
  readonly sid: string;
  readonly uid: number;
  readonly channelName: string;
}

/** @param limitMs a call that takes longer is given up and rejects. */
export function createAgoraCaller(
  baseUrl: string,
  account: { readonly appId: string; readonly customerId: string; readonly customerSecret: string },
  limitMs = 10_000,
): AgoraCaller {
  const authorization = `Basic ${Buffer.from(`${account.customerId}:${account.customerSecret}`).toString("base64")}`;
  const call = async (method: "GET" | "POST", path: string, body?: unknown): Promise<CallerAnswer> => {
    const response = await fetch(`${baseUrl}/v1/apps/${account.appId}/cloud_recording/${path}`, {
      method,
      headers: { authorization, "content-type": "application/json" },
      signal: AbortSignal.timeout(limitMs),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return answerOf(response.status, await response.text());
  };
  const control = (started: Started, word: string, clientRequest?: unknown): Promise<CallerAnswer> => {
    const { resourceId, sid, uid, channelName } = started;
    const path = `resourceid/${resourceId}/sid/${sid}/mode/mix/${word}`;
    return clientRequest === undefined
      ? call("GET", path)
      : call("POST", path, { cname: channelName, uid: String(uid), clientRequest });
  };
  const acquire: AgoraCaller["acquire"] = (uid = 900, channelName = "room") =>
    call("POST", "acquire", { cname: channelName, uid: String(uid), clientRequest: {} });
  const start: AgoraCaller["start"] = (acquired, uid = 900, channelName = "room") =>
    call("POST", `resourceid/${String(acquired.body["resourceId"])}/mode/mix/start`, {
      cname: channelName,
      uid: String(uid),
      clientRequest: { recordingConfig: { channelType: 1 }, storageConfig },
    });
  return {
    acquire,
    start,
    record: async (uid = 900, channelName = "room") => {
      const started = await start(await acquire(uid, channelName), uid, channelName);
      const { resourceId, sid } = started.body;
      if (typeof resourceId !== "string" || typeof sid !== "string") throw new Error(`not started: ${started.word}`);
      return { resourceId, sid, uid, channelName };
    },
    query: (started) => control(started, "query"),
    update: (started) =>
      control(started, "update", { streamSubscribe: { audioUidList: { subscribeAudioUids: ["#allstream#"] } } }),
    updateLayout: (started) => control(started, "updateLayout", { mixedVideoLayout: 1 }),
    stop: (started) => control(started, "stop", {}),
  };
}

const storageConfig = { vendor: 1, region: 0, bucket: "b", accessKey: "k", secretKey: "s" };

function answerOf(status: number, text: string): CallerAnswer {
  const parsed: unknown = text.startsWith("{") ? JSON.parse(text) : {};
  const body = typeof parsed === "object" && parsed !== null ? Object.fromEntries(Object.entries(parsed)) : {};
  const { code, message } = body;
  const detail = typeof code === "number" ? String(code) : typeof message === "string" ? message : "";
  return { status, body, word: detail === "" ? String(status) : `${status}/${detail}` };
}
