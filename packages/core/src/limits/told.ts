import { LIMITS } from "./limits.ts";

/**
 * What a program has told a framework about the length of bodies; nothing where it has said nothing. The framework's own
 * default is the same as ours, and so tells nothing: what the app's limits say holds.
 */
export function toldBodyBytes(frameworksLimit: number): number | undefined {
	return frameworksLimit === LIMITS.DEFAULTS.maxBodyBytes ? undefined : frameworksLimit;
}
