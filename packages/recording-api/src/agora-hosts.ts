/** Where your server's name service sits, and so where Agora takes the servers of a recording from. @see R 1.2 */
export type AgoraArea = "us" | "eu" | "ap" | "cn";

/** Base URLs for `baseUrl` and `hosts` of a client. */
export interface AgoraHosts {
  readonly baseUrl: string;
  readonly second: string;
  readonly regional: readonly string[];
}

const regionPrefixes = {
  us: ["api-us-west-1", "api-us-east-1"],
  eu: ["api-eu-west-1", "api-eu-central-1"],
  ap: ["api-ap-southeast-1", "api-ap-northeast-1"],
  cn: ["api-cn-east-1", "api-cn-north-1"],
} as const satisfies Record<AgoraArea, readonly string[]>;

const world = ["agora.io", "sd-rtn.com"] as const;
const china = ["sd-rtn.com", "agora.io"] as const;

/**
 * Agora's hosts for a server in an area, in the order of its fail-over: the area's primary domain, the other one, then the
 * regional hosts. Which regional hosts truly serve Cloud Recording is not published: leave `regional` out until Agora has
 * told you. A host of another area takes the recording there too. @see R 1.2, 1.3
 */
export function agoraHosts(area: AgoraArea): AgoraHosts {
  const [first, second] = area === "cn" ? china : world;
  return {
    baseUrl: `https://api.${first}`,
    second: `https://api.${second}`,
    regional: regionPrefixes[area].flatMap((prefix) => [`https://${prefix}.${first}`, `https://${prefix}.${second}`]),
  };
}
