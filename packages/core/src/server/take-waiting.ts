import type { Socket } from "node:net";
import { HUSH, type Hush } from "./hush.ts";
import { quietMoment, takingMs } from "./quiet.ts";

/** Takes the connections that wait in the system to be taken, for so long at most. The caller ends the hush. */
export async function takeWaiting(
	arrived: () => number,
	limitMs: number,
	hush: Hush,
	sockets: () => Iterable<Socket>,
): Promise<void> {
	const leftMs = takingMs(arrived, limitMs);
	while (leftMs() > 0 && !(await quietMoment(arrived, Math.min(leftMs(), HUSH.afterMs)))) {
		hush.begin(sockets());
		if (await quietMoment(arrived, Math.min(leftMs(), HUSH.mostMs), 1)) return;
		hush.end();
	}
}
