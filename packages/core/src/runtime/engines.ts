/** Something that listens in the process until it is taken back. */
export interface Engine {
	uninstall(): void;
}

/** The engines of the process, each started once, however many apps ask for it. */
export interface Engines {
	start(key: unknown, engine: () => Engine): void;
	/** Starts what is wanted of those that options decide about, and stops the others of them. */
	switchTo(wanted: ReadonlyMap<string, () => Engine>): void;
	uninstall(): void;
}

export function createEngines(): Engines {
	const engines = new Map<unknown, Engine>();
	const switched = new Set<string>();

	const start: Engines["start"] = (key, engine) => {
		if (!engines.has(key)) engines.set(key, engine());
	};
	return {
		start,
		switchTo(wanted) {
			for (const key of switched) {
				if (wanted.has(key)) continue;
				engines.get(key)?.uninstall();
				engines.delete(key);
				switched.delete(key);
			}
			for (const [key, engine] of wanted) {
				start(key, engine);
				switched.add(key);
			}
		},
		uninstall() {
			for (const engine of engines.values()) engine.uninstall();
			engines.clear();
			switched.clear();
		},
	};
}
