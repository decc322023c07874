/** Clients that are told to go come back at once: this many of them in a second, where there is time for that. */
const PER_SECOND = 100;

/** Says goodbyes one after the other, within `spreadMs` at most; one alone is said at once. */
export function spreadOut(goodbyes: readonly (() => void)[], spreadMs: number): void {
	const slotMs = Math.min(1_000 / PER_SECOND, spreadMs / Math.max(1, goodbyes.length));
	for (const [index, sayGoodbye] of goodbyes.entries()) {
		if (index === 0) sayGoodbye();
		else setTimeout(sayGoodbye, slotMs * (index + Math.random() - 0.5));
	}
}
