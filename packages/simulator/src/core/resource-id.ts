import type { World } from "./world.ts";

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const freeCharacters = 122;
const checkCharacters = 6;

/** A new resourceId: 128 URL-safe characters. @see R 2.2 */
export function createResourceId(world: World): string {
  let free = "";
  for (let count = 0; count < freeCharacters; count += 1) free += alphabet[world.random.between(0, 63)] ?? "A";
  return free + checkOf(free, world.resourceSalt);
}

/** Whether this world gave the id out, even if it has forgotten what for: Agora reads such facts from the id itself. */
export function isOwnResourceId(world: World, resourceId: string): boolean {
  if (resourceId.length !== freeCharacters + checkCharacters) return false;
  const free = resourceId.slice(0, freeCharacters);
  return resourceId === free + checkOf(free, world.resourceSalt);
}

/** FNV-1a, 32 bit: recognises our own, keeps out nobody who tries. */
function checkOf(free: string, salt: number): string {
  let value = (0x811c9dc5 ^ salt) >>> 0;
  for (let index = 0; index < free.length; index += 1) {
    value = Math.imul(value ^ free.charCodeAt(index), 0x01000193) >>> 0;
  }
  let check = "";
  for (let count = 0; count < checkCharacters; count += 1) {
    check += alphabet[value % 64] ?? "A";
    value = Math.floor(value / 64);
  }
  return check;
}
