import { AsyncResource } from "node:async_hooks";
import { type Ask, writeOver } from "./asking.ts";
import type { InnerStore, StoreCallback, StoredSession } from "./store.ts";
import { extended } from "./stored.ts";
import { createTouches, type Touches } from "./touches.ts";
import type { Visit } from "./visit.ts";

/** Tells the store that sessions are used, where that is due. Nobody waits for it but what is written about the same session. */
export interface Extending extends Pick<Touches, "note" | "forget"> {
	extend(
		id: string,
		stored: () => StoredSession,
		lifetimeMs: number,
		visit?: Visit,
		isForeign?: boolean,
	): void;
	/** Goes on at once, or behind an extension that is under way: many stores read for it what they write back. */
	behind(id: string, go: () => void): void;
}

export function createExtending(inner: InnerStore, ask: Ask): Extending {
	const touches = createTouches();
	/** What waits for an extension that is under way, by session. */
	const waiting = new Map<string, (() => void)[]>();

	function send(id: string, stored: StoredSession, isForeign: boolean, end: StoreCallback): void {
		// Whose age nobody knows is given one: where its end alone were told, it would have no absolute one.
		if (isForeign) writeOver(ask, inner, id, stored, true, end);
		else ask(id, (done) => inner.touch!(id, stored, done), end);
	}

	return {
		note: touches.note,
		forget: touches.forget,
		extend(id, stored, lifetimeMs, visit, isForeign = false) {
			const isDue = inner.touch !== undefined && touches.isDue(id, lifetimeMs);
			if ((!isDue && !isForeign) || waiting.has(id)) return;
			touches.note(id);
			if (visit !== undefined) visit.isExtended = true;
			const after: (() => void)[] = [];
			// What ends its calls by itself takes them one after the other.
			if (!inner.isGuarded) waiting.set(id, after);
			send(id, extended(stored(), lifetimeMs), isForeign, () => {
				waiting.delete(id);
				for (const go of after) go();
			});
		},
		behind(id, go) {
			const before = waiting.get(id);
			if (before === undefined) go();
			else before.push(AsyncResource.bind(go));
		},
	};
}
