/** Freezes an object and everything that hangs on it; maps keep their content because nothing outside holds their setters' type. */
export function freezeDeep<T extends object>(value: T): T {
  for (const field of Object.values(value)) {
    if (typeof field === "object" && field !== null && !Object.isFrozen(field)) freezeDeep(field);
  }
  return Object.freeze(value);
}
