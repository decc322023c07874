/** Work that goes on behind an answered request, such as a mail that is being sent. */
export interface Work {
	add(name: string, promise: PromiseLike<unknown>): void;
	/** Names of what is not finished. */
	running(): readonly string[];
	/** How much has failed so far. */
	failed(): number;
	/** Resolves once all is finished, also what is added meanwhile, with how much has failed so far. */
	finished(): Promise<number>;
}

/** `onFailure` hears of each that rejects: nobody else may. */
export function createWork(onFailure: (name: string, error: unknown) => void): Work {
	const running = new Map<PromiseLike<unknown>, string>();
	let failed = 0;

	return {
		add(name, promise) {
			const done = Promise.resolve(promise).catch((error: unknown) => {
				failed++;
				onFailure(name, error);
			});
			running.set(done, name);
			void done.then(() => running.delete(done));
		},
		running: () => [...running.values()],
		failed: () => failed,
		async finished() {
			while (running.size > 0) await Promise.all(running.keys());
			return failed;
		},
	};
}
