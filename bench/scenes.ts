/** What the clients ask for. */
import type { Arm } from "./arms.ts";
import type { Asking } from "./client.ts";
import type { How, Server } from "./server.ts";
import { logIn, VISITORS } from "./visitors.ts";

export interface Scene {
	/** How it is chosen: `--scenes read,flood`. */
	readonly key: "small" | "untouched" | "read" | "packed" | "flood";
	readonly title: string;
	readonly has: (arm: Arm) => boolean;
	readonly visit: (server: Server) => Promise<Asking>;
	readonly how?: How;
	/** Those that keep a limit refuse nearly all of it. */
	readonly isRefused?: true;
}

const isBare = ({ name }: Arm): boolean => name === "bare" || name === "bare again";
const isStack = ({ store }: Arm): boolean => store !== undefined;

/** Those without sessions are asked the same, without a cookie. */
const withSession =
	(path: string) =>
	async (server: Server): Promise<Asking> => ({
		path,
		addresses: VISITORS,
		cookies: isStack(server.arm) ? await logIn(server) : undefined,
	});

export const SCENES: readonly Scene[] = [
	{
		key: "small",
		title: "157 bytes of JSON, no session",
		has: () => true,
		visit: async () => ({ path: "/small" }),
	},
	{
		key: "untouched",
		title: "157 bytes, a session that the route does not touch",
		has: (arm) => isBare(arm) || isStack(arm),
		visit: withSession("/small"),
	},
	{
		key: "read",
		title: "157 bytes, a session that the route reads",
		has: (arm) => isBare(arm) || isStack(arm),
		visit: withSession("/session"),
	},
	{
		// Nothing of it is Redis' affair. The bare ones send it as it is: they are there to tell how busy the machine was.
		key: "packed",
		title: "20 kB of JSON, packed",
		has: (arm) => isBare(arm) || arm.store === "memory",
		visit: async () => ({ path: "/large", encoding: "gzip, deflate, br" }),
	},
	{
		key: "flood",
		title: "a flood that is refused with 429",
		has: (arm) => isBare(arm) || (isStack(arm) && arm.name !== "tuned"),
		visit: async () => ({ path: "/small", addresses: 10 }),
		how: { limit: 1 },
		isRefused: true,
	},
];

export function sceneOf(key: string): Scene {
	const scene = SCENES.find((each) => each.key === key);
	if (scene === undefined) throw new Error(`no scene ${key}; there are ${SCENES.map(({ key }) => key)}`);
	return scene;
}
