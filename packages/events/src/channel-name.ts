/** Agora accepts nothing longer in any of its calls. */
export const channelNameBytesMax = 64;

/** Letters, digits, space and the signs of Agora's list; all of them one byte long, and no slash. */
const legalCharacters = /^[a-zA-Z0-9 !#$%&()+\-:;<=.>?@[\]^_{}|~,]+$/;

/** What is wrong with a channel name, in words for a person; undefined when Agora would take it. */
export function channelNameFault(name: string): "empty" | "too long" | "illegal characters" | undefined {
  if (name === "") return "empty";
  if (!legalCharacters.test(name)) return "illegal characters";
  return name.length > channelNameBytesMax ? "too long" : undefined;
}
