import { isPresetName, type PresetName, recordingPresets, withPreset } from "@autorec/recording-api/wire";
import { isObject } from "./schema-walk.ts";
import type { FileProblem } from "./settings-error.ts";
import type { YamlSource } from "./yaml-source.ts";

/** The document with every rule's preset filled in under its own keys, so that the rule is checked as it will be used. */
export function applyPresets(document: unknown): unknown {
  if (!isObject(document)) return document;
  const rules: unknown = Reflect.get(document, "rules");
  return Array.isArray(rules) ? { ...document, rules: rules.map(withOwnPreset) } : document;
}

/** Rules that name a mode beside a preset of another mode. */
export function presetProblems(source: YamlSource): FileProblem[] {
  const rules: unknown = isObject(source.data) ? Reflect.get(source.data, "rules") : undefined;
  if (!Array.isArray(rules)) return [];
  return rules.flatMap((rule: unknown, index) => {
    const preset = presetOf(rule);
    const mode: unknown = isObject(rule) ? Reflect.get(rule, "mode") : undefined;
    if (preset === undefined || mode === undefined || mode === recordingPresets[preset].mode) return [];
    const words = `not the mode of preset ${preset}: write ${recordingPresets[preset].mode}, or no mode`;
    return [source.at(["rules", index, "mode"], "CONFIG_VALUE", words)];
  });
}

/** The preset of a rule, if it names one that exists. */
export function presetOf(rule: unknown): PresetName | undefined {
  const preset: unknown = isObject(rule) ? Reflect.get(rule, "preset") : undefined;
  return isPresetName(preset) ? preset : undefined;
}

function withOwnPreset(rule: unknown): unknown {
  const preset = presetOf(rule);
  if (preset === undefined || !isObject(rule)) return rule;
  return { ...rule, mode: recordingPresets[preset].mode, ...withPreset(preset, { ...rule }) };
}
