import type { Recording, World } from "./world.ts";

/** `fileListMode` and `fileList` of query and stop: empty before the first slice, `bak<n>_` after the n-th migration. */
export function fileFields(world: World, recording: Recording, status: number): Readonly<Record<string, unknown>> {
  const sliceStartTime = recording.firstMediaAtMs ?? world.scheduler.nowMs();
  const hasSlices = status >= 5 && recording.mediaMs + (recording.mediaFromMs === undefined ? 0 : 1) > 0;
  const base = `${recording.sid}_${fileChannelName(recording.resource.channelName)}`;
  const common = { trackType: "audio_and_video", uid: "0", mixedAllUser: true, isPlayable: true, sliceStartTime };
  const named = (name: string): readonly string[] => [
    name,
    ...Array.from({ length: recording.migrationCount }, (_, index) => `bak${String(index)}_${name}`),
  ];
  switch (filesOf(recording)) {
    case "none":
      return hasSlices ? { sliceStartTime } : {};
    case "m3u8":
      return hasSlices
        ? { fileListMode: "string", fileList: `${base}.m3u8`, sliceStartTime }
        : { fileListMode: "string", fileList: "" };
    case "m3u8AndMp4": {
      const names = hasSlices ? [...named(`${base}_0.mp4`), ...named(`${base}.m3u8`)] : [];
      return { fileListMode: "json", fileList: names.map((fileName) => ({ fileName, ...common })) };
    }
    case "perUser": {
      const uids = hasSlices ? [...recording.channel.participants.keys()].map(String) : [];
      const files = uids.flatMap((uid) =>
        ["audio", "video"].flatMap((trackType) =>
          named(`${base}__uid_s_${uid}__uid_e_${trackType}.m3u8`).map((fileName) => ({
            ...common,
            fileName,
            trackType,
            uid,
            mixedAllUser: false,
          })),
        ),
      );
      return { fileListMode: "json", fileList: files };
    }
  }
}

function filesOf({ mode, order }: Recording): "none" | "m3u8" | "m3u8AndMp4" | "perUser" {
  if (mode === "individual") return order.snapshotIntervalMs === undefined ? "perUser" : "none";
  return order.fileTypes.includes("mp4") ? "m3u8AndMp4" : "m3u8";
}

/** Agora writes these characters as `-` in file names. */
function fileChannelName(name: string): string {
  return name.replace(/[!@#$%^&*()+_.=[\]{}~|,;:?<>]/g, "-");
}
