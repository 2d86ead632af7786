/** One answer of Agora as the reference prints it: status and body. */
export interface DocumentedAnswer {
  readonly httpStatus: number;
  readonly body: unknown;
}

const ids = { cname: "class-101", uid: "900000001", resourceId: "JyvK8nXHuV1BE64GDk", sid: "38f8e3cfdc474cd56fc1ce" };
const file = {
  trackType: "audio_and_video",
  uid: "0",
  mixedAllUser: true,
  isPlayable: true,
  sliceStartTime: 1_720_512_000_123,
};
const webFiles = [
  { filename: "38f8_board-42.m3u8", sliceStartTime: 1_720_512_000_123 },
  { filename: "38f8_board-42_0.mp4" },
];
const outputs = [{ rtmpUrl: "rtmp://live.example.org/app/key", status: "publishing" }];

const ok = (serverResponse?: unknown): DocumentedAnswer => ({
  httpStatus: 200,
  body: serverResponse === undefined ? ids : { ...ids, serverResponse },
});
const service = (httpStatus: number, code: number, reason: string): DocumentedAnswer => ({
  httpStatus,
  body: { code, reason },
});
const gateway = (httpStatus: number, message: string): DocumentedAnswer => ({ httpStatus, body: { message } });

/** Every body that the reference prints or describes; what the fuzz of answers starts from. @see R 2–7 */
export const documentedAnswers: readonly DocumentedAnswer[] = [
  ok(),
  { httpStatus: 200, body: { resourceId: "JyvK8nXHuV1BE64GDk" } },
  ...[0, 1, 2, 3, 4, 5, 6, 7, 8, 20].map((status) =>
    ok({ status, fileListMode: "string", fileList: "38f8_class-101.m3u8" }),
  ),
  ok({
    status: 5,
    fileListMode: "json",
    sliceStartTime: 1_720_512_000_123,
    fileList: [{ fileName: "38f8_0.mp4", ...file }],
  }),
  ok({ status: 5, fileList: [], subServiceStatus: { recordingService: "serviceInProgress" } }),
  ok({ status: 5, sliceStartTime: 1_720_512_000_123 }),
  ok({
    status: 4,
    extensionServiceState: [
      { serviceName: "web_recorder_service", payload: { state: "inProgress", onhold: false, fileList: webFiles } },
      { serviceName: "rtmp_publish_service", payload: { state: "inProgress", outputs } },
    ],
  }),
  ok({ fileListMode: "json", fileList: [{ fileName: "38f8_class-101.m3u8", ...file }], uploadingStatus: "uploaded" }),
  ok({ uploadingStatus: "unknow" }),
  ok({
    extensionServiceState: [
      { serviceName: "upload_service", playload: { uploadingStatus: "backuped" } },
      { serviceName: "web_recorder_service", playload: { state: "exit", onhold: false, fileList: webFiles } },
    ],
  }),
  { httpStatus: 200, body: { Code: 200, Body: { ...ids, serverResponse: { status: "5" } } } },
  service(201, 7, "already started"),
  { httpStatus: 201, body: { ...ids, code: 7 } },
  service(206, 65, "request not completed"),
  service(206, 435, "no recorded data"),
  service(206, 50, "upload timeout"),
  service(400, 2, "Acquire: invalid resourceExpiredHour value!"),
  service(400, 49, "invalid operation"),
  service(400, 53, "task conflict"),
  service(400, 400, "invalid_appid"),
  service(400, 401, "invalid_channel_name"),
  service(400, 405, "no_active_status"),
  service(400, 406, "vendor_over_load"),
  ...[8, 109, 110, 432, 433, 501, 1_001, 1_003, 1_013, 1_028].map((code) => service(400, code, "old")),
  service(404, 404, "failed to find worker"),
  {
    httpStatus: 404,
    body: {
      ...ids,
      code: 404,
      serverResponse: { command: "StopCloudRecorder", payload: { message: "failed to find worker" } },
    },
  },
  {
    httpStatus: 400,
    body: {
      ...ids,
      code: 49,
      serverResponse: { backuped: 0, fileListStr: "q/38f8.m3u8", payload: { message: "Failed" } },
    },
  },
  service(500, 500, "internal_error"),
  service(500, 501, "no_worker_manager_available"),
  service(500, 502, "Failed to allocate worker"),
  service(500, 504, "allocate_timeout"),
  service(500, 62, "request timeout"),
  service(504, 62, "request timeout"),
  { httpStatus: 500, body: { resourceId: "nUw", sid: "", code: 15 } },
  gateway(400, "appid is invalid"),
  gateway(401, "Unauthorized"),
  gateway(401, "Invalid authentication credentials"),
  gateway(404, "no Route matched with those values"),
  gateway(429, "API rate limit exceeded"),
];
