import type { Resp } from "./resp.ts";

export interface KeptConnection {
	get(): Promise<Resp>;
	/** Forgets it, where whoever calls knows before the socket does that nobody is at its other end. */
	drop(): void;
}

/** A connection that is made when it is first needed, and anew once it was lost. */
export function keepConnection(connect: () => Promise<Resp>): KeptConnection {
	let current: Promise<Resp> | undefined;
	return {
		get() {
			if (current !== undefined) return current;
			const mine = connect();
			const forget = (): void => {
				if (current === mine) current = undefined;
			};
			mine.then(({ closed }) => closed.then(forget), forget);
			current = mine;
			return mine;
		},
		drop() {
			current?.then(
				({ close }) => close(),
				() => {},
			);
			current = undefined;
		},
	};
}
