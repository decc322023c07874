import type { ServerResponse } from "node:http";

type Listener = (...args: unknown[]) => void;
type On = (name: string | symbol, listener: Listener) => unknown;

/**
 * Hears who waits for `drain` while a response is held. Gives what stops that, and that gives what tells them to go on: a
 * package that packs answers takes listeners over for a stream of its own, which nobody else can speak for, so those that
 * come meanwhile are remembered on their way there. One of them may hear it twice, as it may from any stream.
 */
export function hearDrain(response: ServerResponse): () => () => void {
	const listeners: Listener[] = [];
	const drain = (): void => {
		for (const listener of listeners) listener.call(response);
		response.emit("drain");
	};
	if (!Object.hasOwn(response, "on")) return () => drain;
	const on = response.on as unknown as On;
	Object.assign(response, {
		on(name: string | symbol, listener: Listener): unknown {
			if (name === "drain") listeners.push(listener);
			return on.call(response, name, listener);
		},
	});
	return () => {
		Object.assign(response, { on });
		return drain;
	};
}
