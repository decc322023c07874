import type { Notice } from "../exchange/room.ts";

// The adapters' words are here, for both alike.

export const MOUNTED_TWICE: Notice = [
	"MOUNTED_TWICE",
	"a request came through two productionReady(); the second let it pass",
	"mount it once, on the outermost app",
];

export const MOUNTED_THROUGH_ROUTER: Notice = [
	"MOUNTED_LATE",
	"productionReady() is mounted through a Router, which does not tell its app: it works from the first request on, " +
		"guards what comes through the Router only, and answers probes only below its path",
	"app.use(productionReady()) on the app itself",
];

export function mountedBehindRoutes(routes: number): Notice {
	return [
		"MOUNTED_LATE",
		`${routes === 1 ? "1 route stands" : `${routes} routes stand`} before productionReady(), without its headers, limits and lines`,
		"mount it above all routes",
	];
}

export const TRUST_AT_CONSTRUCTION: Notice = [
	"TRUST_AT_CONSTRUCTION",
	"Fastify decides about proxies when it is constructed: the limit and the log know the client's address, " +
		"request.ip is the proxy's",
	"Fastify(serverOptions(options)), or createApp(options)",
];

export const BODY_LIMIT_AT_CONSTRUCTION: Notice = [
	"MOUNTED_LATE",
	"Fastify decides when it is constructed how long a body its parsers read, and refuses those that limits.maxBodyBytes allows",
	"Fastify(serverOptions(options)), createApp(options), or bodyLimit on the route",
];

export const OTHER_COMPRESSION: Notice = [
	"PART_STANDS_DOWN",
	"the app compresses by itself, so ours does not",
	"take the other one away, or write compression: false",
];

export const OTHER_SESSION: Notice = [
	"PART_STANDS_DOWN",
	"the app keeps sessions by itself, so ours does not",
	"take the other one away, or write session: false",
];

export const LIMIT_PER_WORKER: Notice = [
	"MEMORY_STORE",
	"rate limits are kept in memory, each worker of the cluster for itself: the limit is multiplied by their number",
	"divide rateLimit.limit by the number of workers",
];

export function otherSignalHandler(signal: string): Notice {
	return [
		"OTHER_SIGNAL_HANDLER",
		`the program has its own ${signal} handler: if it exits, the shutdown is cut off and requests are lost`,
		`take process.on("${signal}") out, and give what it does to onShutdown(name, close)`,
	];
}

export function signalsNotPassedOn(keeper: string): Notice {
	return [
		"SIGNALS_NOT_PASSED_ON",
		`${keeper} stands between the platform and this process, and keeps SIGTERM to itself: every stop is a kill`,
		'let the container run node itself: CMD ["node", "server.js"], or exec node server.js at the end of the script',
	];
}

export const REQUEST_LINES_AT_CONSTRUCTION: Notice = [
	"MOUNTED_LATE",
	"Fastify was constructed with a logger of its own and writes its own lines for every request, beside ours",
	"Fastify(serverOptions(options)), createApp(options), or logging: false",
];
