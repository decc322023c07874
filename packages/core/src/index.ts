import { explainConfig } from "./config/explain.ts";
import type { Options } from "./config/options.ts";
import { PLATFORMS, type Platform, type PlatformName } from "./config/platforms.ts";
import { PRESETS, type Preset, type PresetName } from "./config/presets.ts";
import { resolveOptions } from "./config/resolve.ts";
import { currentRuntime } from "./runtime/current.ts";

export type { Options } from "./config/options.ts";
export type { Platform, PlatformName } from "./config/platforms.ts";
export type { Preset, PresetName } from "./config/presets.ts";
export { type Config, resolveOptions } from "./config/resolve.ts";
export { CODES, type Code, type Fault, ProductionReadyError } from "./errors.ts";
export type { Logger } from "./log/logger.ts";

/** What each preset says differently from the defaults. */
export const presets: Readonly<Record<PresetName, Preset>> = PRESETS;

/** What is known of each platform, with its sources. */
export const platforms: Readonly<Record<PlatformName, Platform>> = PLATFORMS;

/**
 * Every value, where it came from, and what the process has noticed since it started, as text. Secrets are masked.
 * Without options it tells of the app that runs.
 */
export function explain(options?: Options): string {
	const runtime = currentRuntime();
	const config = options === undefined ? runtime.config() : undefined;
	return explainConfig(config ?? resolveOptions(options), runtime.notes);
}
