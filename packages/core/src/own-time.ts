/** A timer that is later than this was kept from running. */
const LAG_MS = 10;

/**
 * Calls back when the time for an answer from outside is over. Time that the program kept the loop to itself is not time of
 * whoever answers: until then no call could leave and no answer be heard. Gives the function that stops it.
 */
export function startClock(
	budgetMs: number,
	late: () => void,
	{ isHeld = true, nowMs = () => performance.now() }: { isHeld?: boolean; nowMs?: () => number } = {},
): () => void {
	const dueMs = nowMs() + budgetMs;
	// What has arrived while this process was busy is read first.
	const ring = (): void => void setImmediate(late);
	let timer = setTimeout(() => {
		const lostMs = nowMs() - dueMs;
		if (lostMs < LAG_MS) ring();
		else timer = held(setTimeout(ring, Math.min(lostMs, budgetMs)));
	}, budgetMs);
	held(timer);
	return () => clearTimeout(timer);

	/** Whether the process lives on for it alone. */
	function held(one: NodeJS.Timeout): NodeJS.Timeout {
		return isHeld ? one : one.unref();
	}
}
