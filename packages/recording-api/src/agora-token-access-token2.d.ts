/** The builder behind agora-token 2.0.6, which its front door hides together with issue time and salt. */
declare module "agora-token/src/AccessToken2.js" {
  interface RtcService {
    /** `expireS`: seconds after the token's issue time. */
    add_privilege(privilege: number, expireS: number): void;
  }
  interface Token {
    salt: number;
    add_service(service: RtcService): void;
    /** Empty when App ID or certificate are not 32 hexadecimal digits. */
    build(): string;
  }
  const exports: {
    readonly AccessToken2: new (appId: string, appCertificate: string, issuedAtS: number, lifeS: number) => Token;
    readonly ServiceRtc: {
      readonly kPrivilegeJoinChannel: number;
      new (channelName: string, uid: number): RtcService;
    };
  };
  export = exports;
}
