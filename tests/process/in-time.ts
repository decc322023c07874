/** One that fails this often had the time, whatever the machine. */
const MOST_ATTEMPTS = 4;

/**
 * For clients that ask at the last moment, and on a busy machine behind it. Such an attempt shows nothing, and is made again:
 * only one that fails sooner than `promisedMs` behind the time that `comes` was told last says something of the program, and
 * only a whole one passes.
 */
export async function inTime(
	promisedMs: number,
	attempt: (comes: (atMs?: number) => void) => Promise<void>,
): Promise<void> {
	for (let attempts = 1; ; attempts++) {
		let sinceMs = Number.POSITIVE_INFINITY;
		try {
			return await attempt((atMs = performance.now()) => {
				sinceMs = atMs;
			});
		} catch (error) {
			if (performance.now() - sinceMs < promisedMs || attempts === MOST_ATTEMPTS) throw error;
		}
	}
}
