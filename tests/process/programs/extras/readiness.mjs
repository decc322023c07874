import { addReadinessCheck } from "@production-ready/core/health";
import { tell } from "../speech.mjs";

/** A check that has no answer until long after its test. */
export function setUp() {
	const check = () => {
		tell("checking");
		return new Promise(() => {});
	};
	addReadinessCheck("database", check, { timeoutMs: 20_000 });
}
