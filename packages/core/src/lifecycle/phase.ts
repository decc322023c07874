/**
 * The life of a process, in this order and never back. `draining`: readiness is 503, requests are still served.
 * `closing`: no longer listening, and then the closers.
 */
export type Phase = "starting" | "running" | "draining" | "closing" | "closed";

const ORDER: readonly Phase[] = ["starting", "running", "draining", "closing", "closed"];

export interface PhaseClock {
	phase(): Phase;
	/** Goes on to a later phase; what is over stays over. */
	advance(to: Phase): boolean;
}

export function createPhase(): PhaseClock {
	let current: Phase = "starting";
	return {
		phase: () => current,
		advance(to) {
			if (ORDER.indexOf(to) <= ORDER.indexOf(current)) return false;
			current = to;
			return true;
		},
	};
}
