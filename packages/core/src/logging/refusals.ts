import type { Logger } from "../log/logger.ts";
import { say } from "../log/say.ts";
import { countFrequent, type Frequent } from "./frequent.ts";

/** How many addresses the summary names. */
const ADDRESSES_TOLD = 5;

export interface RefusalsPolicy {
	readonly maxRefusalsPerWindow: number | false;
	readonly refusalWindowMs: number;
}

/** How many lines refused requests may write: refusing costs us little, and writing of it must not cost more. */
export interface Refusals {
	/** Whether the line of a refused request is written; one that is not is counted, and told of with the others. */
	admit(status: number, address: string): boolean;
	/** Tells of what was counted and begins anew. */
	close(): void;
}

interface Window {
	readonly endAtMs: number;
	readonly written: Set<number>;
	lines: number;
	/** From the first refusal without a line on. */
	unwritten: Unwritten | undefined;
}

interface Unwritten {
	readonly byStatus: Map<number, number>;
	readonly addresses: Frequent;
	readonly timer: NodeJS.Timeout;
}

/**
 * A window opens with a refusal and has room for so many lines; the first one of each status has its line also where that
 * room is used up. The rest is one line at the end of the window, or of the process. Without such a rest there is no timer.
 */
export function createRefusals(
	policy: () => RefusalsPolicy,
	log: () => Logger,
	nowMs: () => number = () => performance.now(),
): Refusals {
	let window: Window | undefined;

	function close(): void {
		const unwritten = window?.unwritten;
		window = undefined;
		if (unwritten === undefined) return;
		clearTimeout(unwritten.timer);
		process.off("exit", close);
		say(log(), "warn", { code: "REFUSALS_SUMMED_UP", ...summaryOf(unwritten) }, "more requests were refused");
	}

	function openWindow(now: number, windowMs: number): Window {
		window = { endAtMs: now + windowMs, written: new Set(), lines: 0, unwritten: undefined };
		return window;
	}

	function beginCounting(leftMs: number): Unwritten {
		// Before the listeners of a logger: what is written after they have run is lost.
		process.prependListener("exit", close);
		return {
			byStatus: new Map(),
			addresses: countFrequent(),
			timer: setTimeout(close, leftMs).unref(),
		};
	}

	return {
		admit(status, address) {
			const { maxRefusalsPerWindow: room, refusalWindowMs: windowMs } = policy();
			if (room === false) return true;
			const now = nowMs();
			// A loop that is kept busy brings its timers late.
			if (window !== undefined && now >= window.endAtMs) close();
			const current = window ?? openWindow(now, windowMs);
			if (current.lines < room || !current.written.has(status)) {
				current.lines++;
				current.written.add(status);
				return true;
			}
			current.unwritten ??= beginCounting(current.endAtMs - now);
			const { byStatus, addresses } = current.unwritten;
			byStatus.set(status, (byStatus.get(status) ?? 0) + 1);
			addresses.add(address || "unknown");
			return false;
		},
		close,
	};
}

function summaryOf({ byStatus, addresses }: Unwritten): object {
	const counts = [...byStatus].sort(([, a], [, b]) => b - a);
	return {
		refused: counts.reduce((sum, [, count]) => sum + count, 0),
		byStatus: Object.fromEntries(counts),
		addresses: addresses.top(ADDRESSES_TOLD).map(([ip, atLeast]) => ({ ip, atLeast })),
	};
}
