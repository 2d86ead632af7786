import type { SimulatorAccount, SimulatorApp, SimulatorSettings } from "./simulator-settings.ts";

/** Who owns what by the settings, found without a search. */
export interface Directory {
  readonly accountOfCustomer: (customerId: string) => SimulatorAccount | undefined;
  readonly appOf: (appId: string) => { readonly app: SimulatorApp; readonly account: SimulatorAccount } | undefined;
}

/** The same settings give the same directory: it is made once, on first use. */
export function directoryOf(settings: SimulatorSettings): Directory {
  const made = directories.get(settings);
  if (made !== undefined) return made;
  const directory = createDirectory(settings);
  directories.set(settings, directory);
  return directory;
}

const directories = new WeakMap<SimulatorSettings, Directory>();

/** Of two accounts or apps with the same id the first one counts. */
function createDirectory({ accounts }: SimulatorSettings): Directory {
  const reversed = accounts.toReversed();
  const customers = new Map(reversed.map((account) => [account.customerId, account]));
  const apps = new Map(
    reversed.flatMap((account) => account.apps.map((app) => [app.appId, { app, account }] as const).toReversed()),
  );
  return {
    accountOfCustomer: (customerId) => customers.get(customerId),
    appOf: (appId) => apps.get(appId),
  };
}
