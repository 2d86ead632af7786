/**
 * Encoded samples that every file is made of: a still picture of colour bars and silence. Made once with FFmpeg 4.1
 * (libx264 157), so that nothing encodes at run time:
 *
 *     ffmpeg -f lavfi -i smptebars=size=160x90:rate=10 -frames:v 17 -pix_fmt yuv420p -c:v libx264 -profile:v baseline \
 *       -level 1.1 -preset veryslow -qp 30 -x264-params "keyint=infinite:scenecut=0:no-deblock=1:ref=1:weightp=0:\
 *       mbtree=0:bframes=0:threads=1" bars.h264
 *     ffmpeg -f lavfi -i anullsrc=r=48000:cl=mono -t 1 -c:a aac -b:a 48k -f adts silence.aac
 *     ffmpeg -f lavfi -i smptebars=size=160x90 -frames:v 1 -q:v 8 -pix_fmt yuvj420p -bitexact bars.jpg
 */

/** Of the video, in pixels. */
export const picture = { width: 160, height: 90 } as const;
/** Ten pictures a second: an Agora frame rate (R 3.7) whose frames last a whole number of ms. */
export const videoFrameMs = 100;
export const audioSampleRate = 48_000;
/** An AAC frame is 1024 samples. */
export const audioFrameMs = 1_024_000 / audioSampleRate;

/** Sequence and picture parameter set: baseline profile, level 1.1, 160 × 90. */
export const sequenceParameterSet = fromHex("6742c00bda0a37e4c044000003000400000300503c50aa80");
export const pictureParameterSet = fromHex("68ce044b20");

/** The whole picture (one IDR slice). */
export const keyPicture = fromBase64(
  [
    "ZYiEOiYoAAgqT4OAASD8QAAQHAADxAEl7nxQABAljgACEBHAAEG2fBwACgLxAABAcAAPEAST+p8UAAQH44AAhARwABCqnwcAAoC8QAAQHAAD",
    "xAEk/qfFAAECOOAAIQEcAAQba6euZ9U9cz6p65n1XT109PXT09dP//H4LeKAAIGOIAAdARCTWDgQOZBwIHM4mZEzIvBwACQLwgUZ7g4EDmQc",
    "CBzOJmRMydbmH/EMAYLeLxAEiEAAEBcABlg8MyDwzODgAEAAOZBwACAAHM//AOEF3FAAEBXCBZnuDwzIOQBmcHAAIAAcyDhBzJ13IpwHAAMg",
    "QSxLCASoQAAQFgAHWDoRkHQjODgAEQAMZBwACIAGM/D4+EF3FAAM4QLM9wdCMg8Mzg4ABEADGQcBAxk67mH/hgDBbxQABAwxAADgCoRJYOAg",
    "YyDgIGM4hMiEyKwHAE5wCSwgABIAAqEIAaHEARkcQBGeeTJ5M/jCH/QLPA4AEAHAOQBABFKLBhFwBUMloHrXpEyuYEdTz0hI7h33wgGH/gs8",
    "UAArCsTgwABIKA4gCMgXYgT9qlwNgHBBjIOMAL0pwscAwD/QKoQEpDhAEdTfByAMz4OEHM/AMf+gWcSFTCEgCCgUF4AmXJhbr0iIlyCZVppS",
    "rnAMA/0CqIFkIAAdAKjwCywC+WBApkcCBTP4Bw/4LOKDgOhEhMOhGfHAgcz6UMAnm8AwAP6D3FddPT09PTl7JrFWut4=",
  ].join(""),
);

/** "As before", to follow the key picture one after the other: they differ in their four-bit number alone, so that the first follows the last. */
export const stillPictures = [
  ...["419a2281ec", "419a4281ec", "419a6281ec", "419a8281ec", "419aa281ec", "419ac281ec", "419ae281ec", "419b0281ec"],
  ...["419b2281ec", "419b4281ec", "419b6281ec", "419b8281ec", "419ba281ec", "419bc281ec", "419be281ec", "419a0281ec"],
].map(fromHex);

/** One frame of silence, AAC-LC mono. */
export const silence = fromHex("01182007");
/** The ADTS header of exactly that frame. */
export const silenceHeader = fromHex("fff14c40017ffc");
/** What an MP4 says about the audio: AAC-LC, 48 kHz, mono. */
export const audioSpecificConfig = fromHex("1188");

/** The same picture as JPEG. */
export const snapshot = fromBase64(
  [
    "/9j/4AAQSkZJRgABAgAAAQABAAD/2wBDAAgQEBMQExYWFhYWFhoYGhsbGxoaGhobGxsdHR0iIiIdHR0bGx0dICAiIiUmJSMjIiMmJigoKDAw",
    "Li44ODpFRVP/xAChAAEBAQEBAQEBAAAAAAAAAAAABQYHBAgCAwEAAgMBAQEAAAAAAAAAAAAABAYFBwgAAwIQAQAAAAgLBQgDAQAAAAAAAABi",
    "ZBai4aMS4xMC4hEEoYMVBgEUA7FhwzGkswVjgTUyRFEiQiMRAAECAgUICAYCAwEAAAAAAAABAgMREkFRBQSCUxMxwhRDIXGholLSMtEio4Ej",
    "sTNiFcFhcpFC/8AAEQgAWgCgAwEiAAIRAAMRAP/aAAwDAQACEQMRAD8A34DjglKqUT724WXshEOsAE8IM2A0AUeElWSSfe3Cy9kIh1gAnhBn",
    "gGgDUASVZJJ97cLL2QiHWACeEGcAaAKPPqkBT5IBKVUon3twsvZCIdYAJ4QZsBoAo8JKskk+9uFl7IRDrABPCDPANAGoAkqyST724WXshEOs",
    "AE8IM4A0AUefVICnyQCUqpRPvbhZeyEQ6wATwgzYDQBR4SVZJJ97cLL2QiHWACeEGeAaANQBJVkkn3twsvZCIdYAJ4QZwBoAo8+qRyuU0Vrb",
    "slNFa27VvuGJzfaZ4gyklp1RKYCU0VrbtLlNFa27J97YDE/S+n3/AP0z9f2CIbk58zqY5ZKaK1t2Smitbdk/cMTm+0zxBFJLTXiJ1kCdQdZA",
    "nULw0T7OtCv/AODvHMfEheMtpL+XWQJ1DHb5+TPyCnemHiu0Um9+tP1/yebrrxkD8kKjS1e+Gurocpthid8/Jn5Bvn5M/IKe6xu71t9Tz3LE",
    "dztN9SqLnRw5tJ0cObSujSst6lLg/nLuz/w4vgIaS2XRw5tLmXWQJ1BXvL6uio85Up1d20ksPe2CjUqEWcpT9kRNc7WoWxE6yBOoOsgTqCvo",
    "n2daElv+GznZf4TzjqsmY1VXhJmNVV4uDf8ADZzsv8JVdFbDm+B8dVJgfHVS9oh96jd7qb6EbTdaeLA+OqlQ+H/Cev0rs9HwuDt2v7WLWazi",
    "c8b0tYv8ZvV+G04e+6aPtPdY4CO90ZvvWdFFlVL/AJKw9WRHUkSetUsLsho97Pfkho97Pfu/BeJk5PJeNVN6xHxnQN0YH/phsLb/AM2LNizC",
    "xs+e14ej6PcQ4y/S2/lJmDiIrnoiumnOpLOgmGYyOqp7+y30OT9VA10MzgIWql7xKRGNiypJOWqr7H3Ee6NKms5TlVr6JHgwELVS8ePys8+f",
    "JbRu1/Pn9O5E4iExjUVqS52rYpHPaiJytN3v6L1mQb+i9ZkOeADSvt6kF3cMNm+0/wAR0Pf0XrMhz7O/I83OV2tQyFh4UCejbRpSnzVdXSqn",
    "6zv6Zn8XpeYYdXlXFK66JVxSuunHxxxsADALgbTh77po+091jsW2nD33TR9p7rHeb/K7oU9GeZvSn3PpsBBk+HEOMv0tv5Tt7iHGX6W38oZh",
    "/wArfn9lPZnmQ4gAZSQCN2v58/p3LKN2v58/p3I3FeRP9v6UHiavmecBAAIAAccHpeZ6XHHmAccf/2Q==",
  ].join(""),
);

function fromHex(text: string): Uint8Array {
  return Buffer.from(text, "hex");
}

function fromBase64(text: string): Uint8Array {
  return Buffer.from(text, "base64");
}
