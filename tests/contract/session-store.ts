import { EventEmitter, once } from "node:events";
import type { Reply, Server } from "./servers.ts";

type Callback = (error?: unknown, value?: unknown) => void;

/** What a store does with the next calls. */
type Conduct = "well" | "fails" | "hangs" | Error;

/** A store with express-session's interface and nothing more, which can be made to fail, to hang and to lie. */
export interface TestStore {
	readonly data: Map<string, string>;
	/** Every call: `get`, `set`, `destroy`, `touch`. */
	readonly calls: string[];
	readonly ids: string[];
	/** What it does; by name where only some calls are meant. */
	conduct: Conduct | Readonly<Record<string, Conduct>>;
	/** When every call that has come has been answered. */
	settled(): Promise<void>;
	/** Calls that wait until they are let go; `arrived` when as many have come. */
	hold(name: string, count?: number): { readonly arrived: Promise<void>; letGo(): void };
	get(id: string, callback: Callback): void;
	set(id: string, session: object, callback?: Callback): void;
	destroy(id: string, callback?: Callback): void;
	touch(id: string, session: object, callback?: Callback): void;
}

export function createTestStore(): TestStore {
	const data = new Map<string, string>();
	const quiet = new EventEmitter();
	let open = 0;
	const gates = new Map<string, (go: () => void) => void>();

	function act(name: string, id: string, callback: Callback | undefined, work: () => unknown): void {
		store.calls.push(name);
		store.ids.push(id);
		const { conduct } = store;
		const now: Conduct =
			typeof conduct === "string" || conduct instanceof Error ? conduct : (conduct[name] ?? "well");
		if (now === "hangs") return;
		open++;
		const run = (): void => {
			open--;
			if (open === 0) queueMicrotask(() => quiet.emit("quiet"));
			if (now !== "well") {
				callback?.(now === "fails" ? new Error(`secret-host:6379 said no to ${id}`) : now);
				return;
			}
			let value: unknown;
			try {
				value = work();
			} catch (error) {
				callback?.(error);
				return;
			}
			callback?.(null, value);
		};
		const gate = gates.get(name);
		if (gate === undefined) setImmediate(run);
		else gate(run);
	}

	const store: TestStore = {
		data,
		calls: [],
		ids: [],
		conduct: "well",
		async settled() {
			while (open > 0) await once(quiet, "quiet");
		},
		hold(name, count = 1) {
			const arrival = new EventEmitter();
			const waiting: (() => void)[] = [];
			const arrived = new Promise<void>((resolve) => arrival.once("here", resolve));
			gates.set(name, (go) => {
				waiting.push(go);
				if (waiting.length === count) arrival.emit("here");
			});
			return {
				arrived,
				letGo() {
					gates.delete(name);
					for (const go of waiting) go();
				},
			};
		},
		get: (id, callback) =>
			act("get", id, callback, () => {
				const session = parsed(data.get(id));
				const { expires } = (session as { cookie?: { expires?: string } } | null | undefined)?.cookie ?? {};
				// Stores that know `touch` let go of what is over by themselves.
				if (typeof expires === "string" && Date.parse(expires) <= Date.now()) data.delete(id);
				return data.has(id) ? session : undefined;
			}),
		set: (id, session, callback) =>
			act("set", id, callback, () => void data.set(id, JSON.stringify(session))),
		destroy: (id, callback) => act("destroy", id, callback, () => void data.delete(id)),
		touch: (id, session, callback) =>
			act("touch", id, callback, () => {
				const text = data.get(id);
				if (text === undefined) return;
				data.set(
					id,
					JSON.stringify({ ...JSON.parse(text), cookie: (session as { cookie: unknown }).cookie }),
				);
			}),
	};
	return store;
}

function parsed(text: string | undefined): unknown {
	return text === undefined ? undefined : JSON.parse(text);
}

/** The cookies that an answer sets: name, value, and the rest as it stands. */
export function cookiesOf(reply: Reply): { name: string; value: string; attributes: string; text: string }[] {
	return (reply.headers["set-cookie"] ?? []).map((text) => {
		const [, name, value, attributes] = /^([^=]+)=([^;]*);?\s*(.*)$/.exec(text)!;
		return { name: name!, value: value!, attributes: attributes!, text };
	});
}

/** A browser that keeps the cookies it is given. */
export function createBrowser(server: Server, headers: Readonly<Record<string, string>> = {}) {
	const jar = new Map<string, string>();
	return {
		jar,
		async ask(path: string, method = "GET"): Promise<Reply> {
			const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
			const reply = await server.ask(path, { method, headers: { ...headers, ...(cookie && { cookie }) } });
			for (const { name, value } of cookiesOf(reply)) {
				if (value === "") jar.delete(name);
				else jar.set(name, value);
			}
			return reply;
		},
	};
}
