/** Text that arrives piece by piece, from a process or a socket. */
export interface Text {
	all(): string;
	add(piece: string): void;
	/** Nothing comes any more; whoever still waits is told so, with what did come. */
	end(why: string): void;
	/** Resolves as soon as `find` gives something for what has come so far. */
	until<Found>(what: string, find: (text: string) => Found | undefined): Promise<Found>;
}

export function collectText(): Text {
	let text = "";
	let ended: string | undefined;
	const waiting = new Set<() => void>();
	const look = (): void => {
		for (const waiter of waiting) waiter();
	};

	return {
		all: () => text,
		add(piece) {
			text += piece;
			look();
		},
		end(why) {
			ended ??= why;
			look();
		},
		until: (what, find) =>
			new Promise((resolve, reject) => {
				const waiter = (): void => {
					const found = find(text);
					if (found === undefined && ended === undefined) return;
					waiting.delete(waiter);
					if (found !== undefined) resolve(found);
					else reject(new Error(`no ${what} before ${ended}; all that came:\n${text.slice(-4_000)}`));
				};
				waiting.add(waiter);
				waiter();
			}),
	};
}
