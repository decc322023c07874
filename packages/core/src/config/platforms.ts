import { deepFreeze } from "../freeze.ts";

/** A name enters with a figure that was read at its source or tried; `docs/platforms.md` lists the rest. */
export const PLATFORM_NAMES = [
	"plain",
	"kubernetes",
	"ecs",
	"cloud-run",
	"heroku",
	"fly",
	"render",
	"railway",
	"docker",
	"systemd",
	"pm2",
	"lambda",
	"vercel",
	"aws-alb",
	"aws-nlb",
	"cloudfront",
	"gcp-lb",
	"azure-app-gateway",
	"azure-front-door",
	"cloudflare",
	"nginx",
	"ingress-nginx",
	"envoy",
	"istio",
	"traefik",
	"haproxy",
	"caddy",
] as const;

export type PlatformName = (typeof PLATFORM_NAMES)[number];
export type StopSignal = "SIGTERM" | "SIGINT";

/** What a platform decides for us. An absent figure means: this platform does not know, leave it alone. */
export interface PlatformFacts {
	/** How long the proxy keeps an unused connection to us. */
	readonly idleTimeoutMs?: number;
	/** What our server must use. Below the idle time the proxy reuses what we just closed: a 502. */
	readonly keepAliveTimeoutMs?: number;
	/** Entries it adds to X-Forwarded-For as the only proxy. One too many lets clients forge their address. */
	readonly hops?: number;
	/** In place of hops, where the addresses of the proxy are known: ranges and their names. */
	readonly trust?: readonly string[];
	/** In lower case: a header with the client's address alone. True only if no one gets around the proxy. */
	readonly clientHeader?: string;
	/** In lower case: the header that brings the platform's own id of the request. */
	readonly requestIdHeader?: string;
	readonly stopSignals?: readonly StopSignal[];
	/** Between the stop signal and SIGKILL. */
	readonly graceSeconds?: number;
	/** Still listening after the signal, because the news travels slower than the signal. */
	readonly drainDelayMs?: number;
	/** No longer listening, idle connections kept for a proxy that is about to use one. */
	readonly lingerMs?: number;
	/** No server of ours and no signals: only the request rooms make sense. */
	readonly serverless?: true;
}

/** Variables whose presence shows the platform. Empty ones count as absent. */
export interface Detection {
	readonly all: readonly string[];
	readonly any?: readonly string[];
	readonly none?: readonly string[];
}

/** A variable with the true grace; the first that holds a number wins. */
export interface GraceVariable {
	readonly name: string;
	readonly unitMs: 1 | 1000;
}

/** Where figures come from. */
export interface Source {
	readonly figures: readonly (keyof PlatformFacts)[];
	/** The page that has the last word. */
	readonly url: string;
	/** ISO day: when the text was last changed, or was read where it does not say, or when it was tried. */
	readonly date: string;
	/** Where it was read, if the page itself was not at hand: someone who quotes it. */
	readonly quotedBy?: string;
	/** Tried out, and with what. */
	readonly measured?: string;
}

export interface Platform {
	readonly title: string;
	readonly facts: PlatformFacts;
	readonly detection?: Detection;
	readonly graceVariables?: readonly GraceVariable[];
	/** What the proxy must be told for `hops` to be true; else every client chooses its own address. */
	readonly hopsNeed?: string;
	readonly sources: readonly Source[];
}

type PlatformTable = Record<PlatformName, Platform>;

/** Ours: a round trip with room to spare, the time that news needs in a cluster, a margin for slow clocks. */
const LINGER_BEHIND_PROXY_MS = 1000;
const KUBERNETES_DRAIN_DELAY_MS = 5000;
const KEEP_ALIVE_MARGIN_MS = 5000;

/** Below this grace a delay would eat the time that the requests in flight need. */
const SHORT_GRACE_SECONDS = 10;

function behindProxy(
	idleSeconds: number,
): Required<Pick<PlatformFacts, "idleTimeoutMs" | "keepAliveTimeoutMs" | "lingerMs">> {
	const idleTimeoutMs = idleSeconds * 1000;
	return {
		idleTimeoutMs,
		keepAliveTimeoutMs: idleTimeoutMs + KEEP_ALIVE_MARGIN_MS,
		lingerMs: LINGER_BEHIND_PROXY_MS,
	};
}

/** Facts by name, each with its source. What we decide ourselves (linger, drain delay) has none. */
export const PLATFORMS: Readonly<Record<PlatformName, Platform>> = deepFreeze<PlatformTable>({
	plain: { title: "No platform that we know", facts: { lingerMs: 0 }, sources: [] },

	// --- what starts and stops the process ---

	kubernetes: {
		title: "Kubernetes",
		facts: { stopSignals: ["SIGTERM"], graceSeconds: 30, drainDelayMs: KUBERNETES_DRAIN_DELAY_MS },
		detection: { all: ["KUBERNETES_SERVICE_HOST"] },
		// Kubernetes does not tell its pods: a convention, to be set beside terminationGracePeriodSeconds.
		graceVariables: [{ name: "TERMINATION_GRACE_PERIOD_SECONDS", unitMs: 1000 }],
		sources: [
			{
				figures: ["stopSignals", "graceSeconds"],
				url: "https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination",
				date: "2026-11-21",
			},
		],
	},
	ecs: {
		title: "Amazon ECS and Fargate",
		facts: { stopSignals: ["SIGTERM"], graceSeconds: 30 },
		detection: { all: ["ECS_CONTAINER_METADATA_URI_V4"] },
		sources: [
			{
				figures: ["stopSignals", "graceSeconds"],
				url: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_StopTask.html",
				date: "2026-11-21",
			},
		],
	},
	"cloud-run": {
		title: "Google Cloud Run",
		facts: {
			requestIdHeader: "x-cloud-trace-context",
			stopSignals: ["SIGTERM"],
			graceSeconds: 10,
			lingerMs: LINGER_BEHIND_PROXY_MS,
		},
		// Knative sets the same variable, and its pods see the cluster.
		detection: { all: ["K_SERVICE"], none: ["KUBERNETES_SERVICE_HOST"] },
		sources: [
			{
				figures: ["stopSignals", "graceSeconds"],
				url: "https://cloud.google.com/run/docs/container-contract#instance-shutdown",
				date: "2026-10-03",
			},
			{
				figures: ["requestIdHeader"],
				url: "https://http.dev/x-cloud-trace-context",
				date: "2026-11-21",
			},
		],
	},
	heroku: {
		title: "Heroku (Router 2.0)",
		facts: {
			...behindProxy(90),
			hops: 1,
			requestIdHeader: "x-request-id",
			stopSignals: ["SIGTERM"],
			graceSeconds: 30,
		},
		detection: { all: ["DYNO"] },
		sources: [
			{
				figures: ["idleTimeoutMs", "keepAliveTimeoutMs"],
				url: "https://devcenter.heroku.com/articles/http-routing#keepalives",
				date: "2025-07-30",
				quotedBy: "https://github.com/heroku/python-getting-started/pull/261",
			},
			{
				figures: ["hops"],
				url: "https://devcenter.heroku.com/articles/http-routing#heroku-headers",
				date: "2024-12-19",
				quotedBy: "https://github.com/rust-lang/crates.io/pull/10249",
			},
			{
				figures: ["requestIdHeader"],
				url: "https://devcenter.heroku.com/articles/http-request-id",
				date: "2017-11-09",
				quotedBy: "https://github.com/SFDO-Tooling/MetaCI/pull/165",
			},
			{
				figures: ["stopSignals", "graceSeconds"],
				url: "https://devcenter.heroku.com/articles/dynos#graceful-shutdown-with-sigterm",
				date: "2023-11-09",
				quotedBy: "https://github.com/riverqueue/river/commit/250ce47f83a48f2b750a09bd580773ddbd253d22",
			},
		],
	},
	fly: {
		title: "Fly.io",
		facts: {
			// The client's address, and behind it the address of the app that it connected to.
			hops: 2,
			clientHeader: "fly-client-ip",
			requestIdHeader: "fly-request-id",
			stopSignals: ["SIGINT"],
			graceSeconds: 5,
			lingerMs: LINGER_BEHIND_PROXY_MS,
		},
		// Developers export FLY_APP_NAME for flyctl; only a machine has its own id.
		detection: { all: ["FLY_APP_NAME"], any: ["FLY_MACHINE_ID", "FLY_ALLOC_ID"] },
		sources: [
			{
				figures: ["hops", "clientHeader"],
				url: "https://fly.io/docs/networking/request-headers/",
				date: "2026-01-28",
			},
			{
				figures: ["requestIdHeader"],
				url: "https://community.fly.io/t/recommended-setting-for-trust-proxy-on-express/6346",
				date: "2022-10-25",
			},
			{
				figures: ["stopSignals", "graceSeconds"],
				url: "https://fly.io/docs/reference/configuration/#kill_signal-option",
				date: "2026-07-29",
			},
		],
	},
	render: {
		title: "Render",
		facts: {
			keepAliveTimeoutMs: 120_000,
			stopSignals: ["SIGTERM"],
			graceSeconds: 30,
			lingerMs: LINGER_BEHIND_PROXY_MS,
		},
		detection: { all: ["RENDER"] },
		sources: [
			{
				figures: ["keepAliveTimeoutMs"],
				url: "https://render.com/docs/troubleshooting-deploys",
				date: "2026-04-18",
				quotedBy: "https://github.com/jeanpaulsio/fastapi-vike-starter/pull/13",
			},
			{
				figures: ["stopSignals", "graceSeconds"],
				url: "https://render.com/docs/blueprint-spec#maxshutdowndelayseconds",
				date: "2026-08-18",
				quotedBy: "https://github.com/render-oss/skills",
			},
		],
	},
	railway: {
		title: "Railway",
		facts: {
			...behindProxy(60),
			clientHeader: "x-real-ip",
			requestIdHeader: "x-railway-request-id",
			stopSignals: ["SIGTERM"],
			graceSeconds: 0,
		},
		// `railway run` lends the names and ids to a laptop, but a laptop is no replica.
		detection: { all: ["RAILWAY_ENVIRONMENT_ID", "RAILWAY_REPLICA_ID"] },
		graceVariables: [{ name: "RAILWAY_DEPLOYMENT_DRAINING_SECONDS", unitMs: 1000 }],
		sources: [
			{
				figures: ["idleTimeoutMs", "keepAliveTimeoutMs", "clientHeader", "requestIdHeader"],
				url: "https://docs.railway.com/networking/public-networking/specs-and-limits",
				date: "2026-07-21",
			},
			{
				figures: ["stopSignals", "graceSeconds"],
				url: "https://docs.railway.com/variables/reference#user-provided-configuration-variables",
				date: "2026-02-06",
			},
		],
	},
	// Nothing in the environment tells a container from a machine: to be named, not found.
	docker: {
		title: "docker stop, Compose",
		facts: { stopSignals: ["SIGTERM"], graceSeconds: 10 },
		sources: [
			{
				figures: ["stopSignals", "graceSeconds"],
				url: "https://docs.docker.com/reference/cli/docker/container/stop/",
				date: "2026-08-20",
			},
		],
	},
	systemd: {
		title: "systemd (system service)",
		facts: { stopSignals: ["SIGTERM"], graceSeconds: 90 },
		// INVOCATION_ID alone is inherited by a login on the console (which has TERM) and by every terminal of a
		// desktop (started by the user's own manager, hence MANAGERPID). A service of that manager is not found.
		detection: {
			all: ["INVOCATION_ID"],
			any: ["JOURNAL_STREAM", "NOTIFY_SOCKET"],
			none: ["MANAGERPID", "TERM"],
		},
		sources: [
			{
				figures: ["graceSeconds"],
				url: "https://manpages.debian.org/bookworm/systemd/systemd-system.conf.5.en.html",
				date: "2026-11-21",
			},
			{
				figures: ["stopSignals"],
				url: "https://manpages.debian.org/bookworm/systemd/systemd.kill.5.en.html",
				date: "2026-11-21",
			},
		],
	},
	pm2: {
		title: "pm2",
		facts: { stopSignals: ["SIGINT"], graceSeconds: 1.6 },
		detection: { all: ["pm_id", "PM2_HOME"] },
		// pm2 copies the settings of the app into its environment, so `kill_timeout` is the app's own.
		graceVariables: [
			{ name: "kill_timeout", unitMs: 1 },
			{ name: "PM2_KILL_TIMEOUT", unitMs: 1 },
		],
		sources: [
			{
				figures: ["stopSignals", "graceSeconds"],
				url: "https://unpkg.com/pm2@7.0.4/constants.js",
				date: "2026-11-21",
				measured: "pm2 7.0.4",
			},
		],
	},
	lambda: {
		title: "AWS Lambda",
		facts: { serverless: true },
		detection: { all: ["AWS_LAMBDA_FUNCTION_NAME"] },
		sources: [],
	},
	vercel: {
		title: "Vercel",
		facts: { requestIdHeader: "x-vercel-id", serverless: true },
		// `vercel env pull` writes VERCEL into a developer's .env file; the region is known only where it runs.
		detection: { all: ["VERCEL", "VERCEL_REGION"] },
		sources: [
			{
				figures: ["requestIdHeader"],
				url: "https://vercel.com/docs/headers/request-headers",
				date: "2025-12-13",
			},
		],
	},

	// --- what stands in front of it ---

	"aws-alb": {
		title: "AWS Application Load Balancer",
		facts: { ...behindProxy(60), hops: 1, requestIdHeader: "x-amzn-trace-id" },
		sources: [
			{
				figures: ["idleTimeoutMs", "keepAliveTimeoutMs"],
				url: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html",
				date: "2026-11-21",
			},
			{
				figures: ["hops"],
				url: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/x-forwarded-headers.html",
				date: "2026-11-21",
			},
			{
				figures: ["requestIdHeader"],
				url: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-request-tracing.html",
				date: "2026-11-21",
			},
		],
	},
	"aws-nlb": {
		title: "AWS Network Load Balancer",
		// It passes the clients' own connections on and forgets them after 350 s of silence. So the keep-alive is
		// a matter between the client and us, and one above 350 s would only leave dead connections behind.
		facts: { hops: 0 },
		sources: [
			{
				figures: ["hops"],
				url: "https://docs.aws.amazon.com/elasticloadbalancing/latest/network/update-idle-timeout.html",
				date: "2026-11-21",
			},
		],
	},
	cloudfront: {
		title: "Amazon CloudFront",
		// The idle time is the distribution's to raise (to 120 s), so we do not go down to its default plus 5 s.
		facts: {
			...behindProxy(5),
			keepAliveTimeoutMs: 65_000,
			hops: 1,
			requestIdHeader: "x-amz-cf-id",
		},
		sources: [
			{
				figures: ["idleTimeoutMs", "keepAliveTimeoutMs"],
				url: "https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_VpcOriginConfig.html",
				date: "2026-11-21",
			},
			{
				figures: ["hops", "requestIdHeader"],
				url: "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/RequestAndResponseBehaviorCustomOrigin.html",
				date: "2026-11-21",
			},
		],
	},
	"gcp-lb": {
		title: "Google Cloud external Application Load Balancer",
		facts: {
			...behindProxy(600),
			// Google only asks for more than its 600 s; 620 s is what people settled on.
			keepAliveTimeoutMs: 620_000,
			// The client's address, and behind it the address of the load balancer.
			hops: 2,
		},
		sources: [
			{
				figures: ["idleTimeoutMs", "keepAliveTimeoutMs"],
				url: "https://cloud.google.com/load-balancing/docs/https/request-distribution",
				date: "2026-11-21",
			},
			{
				figures: ["hops"],
				url: "https://cloud.google.com/load-balancing/docs/https#x-forwarded-for_header",
				date: "2026-11-21",
				quotedBy:
					"https://github.com/cockroachdb/cockroach/blob/master/pkg/server/authserver/authentication.go",
			},
		],
	},
	"azure-app-gateway": {
		title: "Azure Application Gateway v2",
		facts: { hops: 1, requestIdHeader: "x-appgw-trace-id", lingerMs: LINGER_BEHIND_PROXY_MS },
		sources: [
			{
				figures: ["hops", "requestIdHeader"],
				url: "https://learn.microsoft.com/azure/application-gateway/how-application-gateway-works",
				date: "2024-05-01",
			},
		],
	},
	"azure-front-door": {
		title: "Azure Front Door",
		facts: {
			hops: 1,
			// Not X-Azure-ClientIP: that one repeats what the client wrote into X-Forwarded-For.
			clientHeader: "x-azure-socketip",
			requestIdHeader: "x-azure-ref",
			lingerMs: LINGER_BEHIND_PROXY_MS,
		},
		sources: [
			{
				figures: ["hops", "clientHeader", "requestIdHeader"],
				url: "https://learn.microsoft.com/azure/frontdoor/front-door-http-headers-protocol",
				date: "2024-03-27",
			},
		],
	},
	cloudflare: {
		title: "Cloudflare proxy",
		facts: {
			...behindProxy(900),
			// Private ones too: between Cloudflare and the process stands a tunnel, an ingress or nothing.
			trust: ["cloudflare", "private"],
			clientHeader: "cf-connecting-ip",
			requestIdHeader: "cf-ray",
		},
		sources: [
			{
				figures: ["idleTimeoutMs", "keepAliveTimeoutMs"],
				url: "https://developers.cloudflare.com/fundamentals/reference/connection-limits/",
				date: "2026-07-23",
			},
			{
				figures: ["clientHeader", "requestIdHeader"],
				url: "https://developers.cloudflare.com/fundamentals/reference/http-headers/",
				date: "2026-11-21",
			},
			{
				figures: ["trust"],
				url: "https://www.cloudflare.com/ips/",
				date: "2021-04-08",
				quotedBy: "https://github.com/MISP/misp-warninglists/blob/main/lists/cloudflare/list.json",
			},
		],
	},
	nginx: {
		title: "nginx",
		facts: { ...behindProxy(60), hops: 1 },
		hopsNeed: "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for",
		sources: [
			{
				figures: ["idleTimeoutMs", "keepAliveTimeoutMs"],
				url: "https://nginx.org/en/docs/http/ngx_http_upstream_module.html#keepalive_timeout",
				date: "2026-11-21",
				measured: "nginx 1.22.1",
			},
			{
				figures: ["hops"],
				url: "https://nginx.org/en/docs/http/ngx_http_proxy_module.html#var_proxy_add_x_forwarded_for",
				date: "2026-11-21",
				measured: "nginx 1.22.1",
			},
		],
	},
	"ingress-nginx": {
		title: "ingress-nginx",
		facts: { ...behindProxy(60), hops: 1, clientHeader: "x-real-ip", requestIdHeader: "x-request-id" },
		sources: [
			{
				figures: ["idleTimeoutMs", "keepAliveTimeoutMs", "requestIdHeader"],
				url: "https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/configmap/#upstream-keepalive-timeout",
				date: "2026-03-20",
			},
			{
				figures: ["hops", "clientHeader"],
				url: "https://github.com/kubernetes/ingress-nginx/blob/main/rootfs/etc/nginx/template/nginx.tmpl",
				date: "2026-03-20",
			},
		],
	},
	envoy: {
		title: "Envoy",
		facts: { ...behindProxy(3600), hops: 1, requestIdHeader: "x-request-id" },
		hopsNeed: "use_remote_address: true",
		sources: [
			{
				figures: ["idleTimeoutMs", "keepAliveTimeoutMs"],
				url: "https://www.envoyproxy.io/docs/envoy/v1.39.0/faq/configuration/timeouts",
				date: "2026-11-21",
			},
			{
				figures: ["hops", "requestIdHeader"],
				url: "https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_conn_man/headers",
				date: "2026-11-21",
			},
		],
	},
	istio: {
		title: "Istio (gateway and sidecar)",
		// The gateway appends the client's address, the sidecar appends nothing.
		facts: { ...behindProxy(3600), hops: 1, requestIdHeader: "x-request-id" },
		sources: [
			{
				figures: ["idleTimeoutMs", "keepAliveTimeoutMs"],
				url: "https://www.envoyproxy.io/docs/envoy/v1.39.0/faq/configuration/timeouts",
				date: "2026-11-21",
			},
			{
				figures: ["hops"],
				url: "https://github.com/istio/istio/blob/master/pilot/pkg/networking/core/gateway.go",
				date: "2026-08-22",
			},
			{
				figures: ["requestIdHeader"],
				url: "https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_conn_man/headers",
				date: "2026-11-21",
			},
		],
	},
	traefik: {
		title: "Traefik",
		facts: { ...behindProxy(90), hops: 1, clientHeader: "x-real-ip" },
		sources: [
			{
				figures: ["idleTimeoutMs", "keepAliveTimeoutMs"],
				url: "https://github.com/traefik/traefik/blob/master/pkg/config/static/static_config.go",
				date: "2026-07-24",
			},
			{
				figures: ["hops", "clientHeader"],
				url: "https://github.com/traefik/traefik/blob/master/pkg/middlewares/forwardedheaders/forwarded_header.go",
				date: "2026-07-24",
			},
		],
	},
	haproxy: {
		title: "HAProxy",
		// It has no idle time: every purge (5 s) closes half of the connections that are too many.
		facts: { hops: 1, lingerMs: LINGER_BEHIND_PROXY_MS },
		hopsNeed: "option forwardfor",
		sources: [
			{
				figures: ["hops"],
				url: "https://github.com/haproxy/haproxy/blob/master/doc/configuration.txt",
				date: "2026-08-21",
			},
		],
	},
	caddy: {
		title: "Caddy",
		facts: { ...behindProxy(120), hops: 1 },
		sources: [
			{
				figures: ["idleTimeoutMs", "keepAliveTimeoutMs"],
				url: "https://github.com/caddyserver/caddy/blob/master/modules/caddyhttp/reverseproxy/httptransport.go",
				date: "2026-08-21",
			},
			{
				figures: ["hops"],
				url: "https://github.com/caddyserver/caddy/blob/master/modules/caddyhttp/reverseproxy/reverseproxy.go",
				date: "2026-08-21",
			},
		],
	},
});

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * From the outside in. Managers nest (pm2 in a container in a pod), and the one nearest to the process sends it
 * the signal and counts the grace. `mergePlatforms` lets the later name win, so the nearest has to come last; its
 * grace is the shorter one by default (1.6 s of pm2 within 90 s of systemd), and the shortest one holds anyway.
 */
export const DETECTION_ORDER: readonly PlatformName[] = Object.freeze<PlatformName[]>([
	"lambda",
	"vercel",
	"kubernetes",
	"ecs",
	"cloud-run",
	"heroku",
	"fly",
	"render",
	"railway",
	"systemd",
	"pm2",
]);

function isDetected(detection: Detection | undefined, environment: Environment): boolean {
	if (detection === undefined) return false;
	const isSet = (name: string): boolean => (environment[name] ?? "") !== "";
	const { all, any, none } = detection;
	return all.every(isSet) && (any?.some(isSet) ?? true) && !(none?.some(isSet) ?? false);
}

/** What the environment shows, outermost first, or `["plain"]`. Proxies leave no trace in it. */
export function detectPlatforms(environment: Environment): readonly PlatformName[] {
	const seen = DETECTION_ORDER.filter((name) => isDetected(PLATFORMS[name].detection, environment));
	return Object.freeze<PlatformName[]>(seen.length === 0 ? ["plain"] : seen);
}

/** The grace of one platform: what its variables say, else its default. A value that is no number is not read. */
export function graceSeconds(name: PlatformName, environment: Environment = {}): number | undefined {
	const { facts, graceVariables = [] } = PLATFORMS[name];
	for (const variable of graceVariables) {
		const text = environment[variable.name]?.trim() ?? "";
		if (/^\d+(\.\d+)?$/.test(text)) return (Number(text) * variable.unitMs) / 1000;
	}
	return facts.graceSeconds;
}

/** Two figures that answer one question. Taken from two proxies they would contradict each other. */
const ANSWERED_TOGETHER: readonly (readonly (keyof PlatformFacts)[])[] = [
	["hops", "trust", "clientHeader"],
	["idleTimeoutMs", "keepAliveTimeoutMs"],
];

function withoutAnswered(facts: PlatformFacts, later: PlatformFacts): PlatformFacts {
	const answered = ANSWERED_TOGETHER.filter((figures) => figures.some((figure) => figure in later)).flat();
	return Object.fromEntries(
		Object.entries(facts).filter(([figure]) => !answered.includes(figure as keyof PlatformFacts)),
	);
}

/**
 * The facts of several platforms as one, from left to right: a later one wins in what it knows and leaves the
 * rest alone, lists replace. The exception is the grace: the shortest holds, since each manager can kill. Name the
 * proxy nearest to the process last. The hops of two proxies are not added up, because some start X-Forwarded-For
 * anew, and one hop too many lets every client choose its address.
 */
export function mergePlatforms(names: readonly PlatformName[], environment: Environment = {}): PlatformFacts {
	let merged: PlatformFacts = {};
	for (const name of names) {
		const { facts } = PLATFORMS[name];
		const graces = [merged.graceSeconds, graceSeconds(name, environment)].filter(
			(grace) => grace !== undefined,
		);
		merged = {
			...withoutAnswered(merged, facts),
			...facts,
			...(graces.length === 0 ? {} : { graceSeconds: Math.min(...graces) }),
		};
	}
	const isShort = merged.graceSeconds !== undefined && merged.graceSeconds < SHORT_GRACE_SECONDS;
	if (isShort && merged.drainDelayMs !== undefined) merged = { ...merged, drainDelayMs: 0 };
	return deepFreeze(merged);
}
