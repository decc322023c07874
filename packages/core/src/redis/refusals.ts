import type { Code } from "../errors.ts";
import { HINTS } from "./failure.ts";

/** How often the same refusal is told again. */
const SILENT_MS = 10_000;

export interface Refusals {
	/** Redis answered with an error. */
	refused(purpose: string, reason: string): void;
	/** Redis did what it was asked for. */
	done(purpose: string): void;
}

export type Tell = (
	level: "warn" | "info",
	fields: Record<string, unknown> & { code?: Code },
	message: string,
) => void;

/**
 * Tells of commands that Redis refuses, such as writes while its memory is full: once when that begins, once when it is
 * over, and no more often than every ten seconds where both take turns.
 */
export function createRefusals(tell: Tell): Refusals {
	const refused = new Map<string, { reason: string; saidAtMs: number; isOver: boolean }>();
	return {
		refused(purpose, reason) {
			const known = refused.get(purpose);
			const now = performance.now();
			if (known !== undefined && known.reason === reason) {
				if (!known.isOver) return;
				if (now - known.saidAtMs < SILENT_MS) return;
			}
			refused.set(purpose, { reason, saidAtMs: now, isOver: false });
			tell(
				"warn",
				{ code: "REDIS_REFUSES", purpose, reason, hint: HINTS[reason] },
				`redis refuses what the ${purpose} asks for`,
			);
		},
		done(purpose) {
			if (refused.size === 0) return;
			const known = refused.get(purpose);
			if (known === undefined || known.isOver) return;
			known.isOver = true;
			tell("info", { purpose }, `redis does again what the ${purpose} asks for`);
		},
	};
}
