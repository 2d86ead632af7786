import accessToken2 from "agora-token/src/AccessToken2.js";
import { z } from "zod";
import { ApiConfigError, parseConfig } from "./api-config-error.ts";
import { checkAppCredentials } from "./app-credentials.ts";
import { channelNameSchema, integerFrom, uidSchema } from "./wire/scalars.ts";

const { AccessToken2, ServiceRtc } = accessToken2;

const uint32Max = 4_294_967_295;
/** Agora's own builders draw their salt from 1 … 99 999 999. */
const saltCount = 99_999_999;
/** Agora grants no longer life. @see E 5.4 */
const lifeSMax = 86_400;

const lifeExpectation = `seconds from issuedAtS on, 1 to ${lifeSMax}: neither milliseconds nor a date`;

const tokenOrderSchema = z.object({
  channelName: z.union([z.literal("*"), channelNameSchema]),
  uid: z.union([z.literal("any"), uidSchema], { error: `an integer from 1 to ${uint32Max}, or "any"` }),
  issuedAtS: integerFrom(1, uint32Max),
  salt: integerFrom(0, uint32Max),
  lifeS: z
    .number({ error: lifeExpectation })
    .int({ error: lifeExpectation })
    .min(1, { error: lifeExpectation })
    .max(lifeSMax, { error: lifeExpectation }),
});

/** Everything that a token says; nothing else goes into it. */
export interface TokenOrder {
  readonly appId: string;
  readonly appCertificate: string;
  /** "*": any channel of the app. Whoever gets hold of such a token may join all of them: seldom worth it. @see E 5.4 */
  readonly channelName: string;
  /**
   * "any": the token also lets in the recorder that takes over after a migration, whose uid Agora draws by chance; and
   * anybody else who gets hold of it. Whether a token for one uid survives a migration is not confirmed. @see E 3.8, 5.4
   */
  readonly uid: number | "any";
  /** Unix seconds. */
  readonly issuedAtS: number;
  /** Any 32-bit number; folded into the range of Agora's own builders. */
  readonly salt: number;
  /** 1 … 86 400 from `issuedAtS`; the recorder leaves when it is over, since no call can renew its token. */
  readonly lifeS: number;
}

/**
 * The RTC token of a recorder: may join, may not publish. The same order gives the same token in every process, so that a
 * start can be repeated word for word without storing one. Throws `ApiConfigError`.
 *
 * @see E 5.1 (layout and test vector), protocol.md §2
 */
export function recorderToken(order: TokenOrder): string {
  checkAppCredentials({ appId: order.appId, appCertificate: order.appCertificate });
  const { channelName, uid, issuedAtS, salt, lifeS } = parseConfig(tokenOrderSchema, order, {
    subject: "recorder token",
  });
  // The number 0 alone is written as the wildcard; "0" would be a uid that nobody has.
  const rtc = new ServiceRtc(channelName, uid === "any" ? 0 : uid);
  rtc.add_privilege(ServiceRtc.kPrivilegeJoinChannel, lifeS);
  const token = new AccessToken2(order.appId, order.appCertificate, issuedAtS, lifeS);
  token.salt = salt === 0 ? saltCount : ((salt - 1) % saltCount) + 1;
  token.add_service(rtc);
  const text = token.build();
  if (text !== "") return text;
  throw new ApiConfigError("recorder token", [
    { field: "token", value: "empty", expected: "an App ID and a certificate that Agora's token builder takes" },
  ]);
}
