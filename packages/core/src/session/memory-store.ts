import type { InnerStore, StoredSession } from "./store.ts";

interface Entry {
	readonly json: string;
	readonly expiresAtMs: number;
}

/** How many entries are looked at for each one that is written: more than come in, so that what is over goes out. */
const SWEPT_PER_WRITE = 2;

/**
 * Sessions in the memory of this process. As text: what a request does to its session shows only when it is saved.
 * What is over is dropped when it is asked for, and a few at each write, so that no timer is needed.
 */
export function createMemorySessionStore(): InnerStore & { readonly size: number } {
	const entries = new Map<string, Entry>();

	function live(id: string): Entry | undefined {
		const entry = entries.get(id);
		if (entry === undefined || entry.expiresAtMs > Date.now()) return entry;
		entries.delete(id);
		return undefined;
	}

	function write(id: string, session: StoredSession): void {
		const { expires } = session.cookie;
		const expiresAtMs = expires === null ? Number.POSITIVE_INFINITY : new Date(expires).getTime();
		entries.set(id, { json: JSON.stringify(session), expiresAtMs });
		sweep();
	}

	/** Goes round: what is looked at and stays moves to the end. */
	function sweep(): void {
		const now = Date.now();
		let left = SWEPT_PER_WRITE;
		for (const [id, entry] of entries) {
			if (left-- === 0) break;
			entries.delete(id);
			if (entry.expiresAtMs > now) entries.set(id, entry);
		}
	}

	function read(id: string): unknown {
		const entry = live(id);
		return entry === undefined ? undefined : JSON.parse(entry.json);
	}

	return {
		heedsMustExist: true,
		// Nothing here can be late.
		isGuarded: true,
		get size() {
			return entries.size;
		},
		peek: read,
		get(id, callback) {
			process.nextTick(callback, null, read(id));
		},
		set(id, session, callback, options) {
			const isKept = options?.mustExist !== true || live(id) !== undefined;
			if (isKept) write(id, session);
			process.nextTick(callback, null, isKept);
		},
		destroy(id, callback) {
			entries.delete(id);
			process.nextTick(callback, null);
		},
		touch(id, { cookie }, callback) {
			const entry = live(id);
			if (entry !== undefined) write(id, { ...JSON.parse(entry.json), cookie });
			process.nextTick(callback, null);
		},
	};
}
