/** `primary`: the one that is meant; `second`: Agora's other domain; `regional`: one of a region's own. @see R 1.2 */
export type HostRole = "primary" | "second" | "regional";

/** What a call says about its host: `name` = its name could not be resolved; `nothing` = the call itself was in a hurry. */
export type HostExperience = "answered" | "network" | "name" | "nothing";

/** The hosts, and when one of them is left alone. */
export interface HostBookOptions {
  /** In the order of preference, the primary first. */
  readonly hosts: readonly { readonly baseUrl: string; readonly role: HostRole }[];
  /** After so many failures in a row nothing but probes is sent to a host. */
  readonly failuresMax: number;
  /** Before the first, the second, … probe; the last one counts for all that follow. */
  readonly pausesMs: readonly number[];
}

/** The right to send one request to a host; must be ended. */
export interface HostTurn {
  readonly baseUrl: string;
  end(experience: HostExperience, nowMs: number): void;
}

/** The same host once more, then another one. @see R 1.3 */
const failuresBeforeSwitch = 2;

/**
 * Which host the next request goes to, and when a dead host is left alone. A host that failed `failuresMax` times in a row
 * gets one request at a time and one a pause, until one is answered; hosts that stand are preferred as soon as a host has
 * failed twice in a row. Times are of a clock that never goes back.
 */
export class HostBook {
  readonly #hosts: readonly Host[];
  readonly #options: HostBookOptions;

  constructor(options: HostBookOptions) {
    this.#options = options;
    this.#hosts = options.hosts.map(({ baseUrl, role }) => new Host(baseUrl, role, options.pausesMs));
  }

  /** For a request that any host may take: the preferred one, else the others in the order of Agora's fail-over. */
  next(nowMs: number, preferredUrl?: string): HostTurn | undefined {
    const order = this.#order(preferredUrl);
    const host =
      order.find((one) => one.failures < failuresBeforeSwitch || one.isProbeDue(nowMs)) ??
      order.find((one) => one.failures < this.#options.failuresMax);
    return host?.take(nowMs);
  }

  /** For a request that belongs to one host. */
  only(baseUrl: string, nowMs: number): HostTurn | undefined {
    const host = this.#hosts.find((one) => one.baseUrl === baseUrl);
    if (host === undefined) return undefined;
    return host.failures < this.#options.failuresMax || host.isProbeDue(nowMs) ? host.take(nowMs) : undefined;
  }

  /**
   * Where the network is to blame and not a name, the second domain leads to the same place: a regional host goes first.
   * @see R 1.3
   */
  #order(preferredUrl: string | undefined): readonly Host[] {
    const ranked = this.#hosts.toSorted((one, other) => this.#rank(one) - this.#rank(other));
    return ranked.toSorted(
      (one, other) => Number(other.baseUrl === preferredUrl) - Number(one.baseUrl === preferredUrl),
    );
  }

  #rank(host: Host): number {
    const primary = this.#hosts.find(({ role }) => role === "primary");
    const isNetworkDown =
      primary !== undefined && primary.failures >= failuresBeforeSwitch && primary.blames === "network";
    switch (host.role) {
      case "primary":
        return 0;
      case "second":
        return isNetworkDown ? 3 : 1;
      case "regional":
        return 2;
    }
  }
}

class Host {
  readonly baseUrl: string;
  readonly role: HostRole;
  readonly #pausesMs: readonly number[];
  /** In a row. */
  failures = 0;
  blames: HostExperience = "answered";
  #probesFailed = 0;
  #probeAtMs = 0;
  #answeredAtMs = -Infinity;
  #isProbing = false;

  constructor(baseUrl: string, role: HostRole, pausesMs: readonly number[]) {
    this.baseUrl = baseUrl;
    this.role = role;
    this.#pausesMs = pausesMs;
  }

  isProbeDue(nowMs: number): boolean {
    return !this.#isProbing && nowMs >= this.#probeAtMs;
  }

  take(nowMs: number): HostTurn {
    const isProbe = this.failures >= failuresBeforeSwitch && this.isProbeDue(nowMs);
    if (isProbe) this.#isProbing = true;
    let isOpen = true;
    const end = (experience: HostExperience, endedAtMs: number): void => {
      if (!isOpen) return;
      isOpen = false;
      if (isProbe) this.#isProbing = false;
      if (experience === "answered") this.#stands(endedAtMs);
      // Requests that hang through an outage end after it: the host has shown since that it stands.
      else if (experience !== "nothing" && nowMs >= this.#answeredAtMs)
        this.#failed(experience, { isProbe, endedAtMs });
    };
    return { baseUrl: this.baseUrl, end };
  }

  #stands(atMs: number): void {
    this.#answeredAtMs = atMs;
    this.failures = 0;
    this.#probesFailed = 0;
    this.#probeAtMs = 0;
  }

  #failed(experience: HostExperience, of: { readonly isProbe: boolean; readonly endedAtMs: number }): void {
    this.failures += 1;
    this.blames = experience;
    if (of.isProbe) this.#probesFailed += 1;
    const pauseMs = this.#pausesMs[this.#probesFailed] ?? this.#pausesMs.at(-1) ?? 0;
    this.#probeAtMs = of.endedAtMs + pauseMs;
  }
}
