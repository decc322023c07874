/** What the clients ask for. */
import type { Arm } from "./arms.ts";
import type { Visit } from "./in-turn.ts";
import type { How } from "./server.ts";
import { logIn } from "./visitors.ts";

export interface Scene {
	readonly name: string;
	readonly path: string;
	readonly has: (arm: Arm) => boolean;
	readonly visit: Visit;
	readonly how?: How;
}

/** How many requests of a client are allowed where nearly all are to be refused. */
const LIMIT_OF_A_FLOOD = 1;

const isAny = (): boolean => true;
const isStack = ({ store }: Arm): boolean => store !== undefined;
/** node:http alone has no routes. */
const hasRoutes = ({ framework }: Arm): boolean => framework !== undefined;

export const SCENES: readonly Scene[] = [
	{ name: "small, no session", path: "/small", has: isAny, visit: async () => ({ path: "/small" }) },
	{
		name: "small, a session that the route does not touch",
		path: "/small",
		has: hasRoutes,
		visit: async (server) => ({
			path: "/small",
			cookies: isStack(server.arm) ? await logIn(server) : undefined,
		}),
	},
	{
		name: "small, a session that the route reads",
		path: "/session",
		has: hasRoutes,
		visit: async (server) => ({
			path: "/session",
			cookies: isStack(server.arm) ? await logIn(server) : undefined,
		}),
	},
	{
		name: "20 kB, packed",
		path: "/large",
		has: isStack,
		visit: async () => ({ path: "/large", encoding: "gzip, deflate, br" }),
	},
	{
		name: "a flood that is refused",
		path: "/small",
		has: hasRoutes,
		visit: async () => ({ path: "/small", addresses: 10 }),
		how: { limit: LIMIT_OF_A_FLOOD },
	},
];
