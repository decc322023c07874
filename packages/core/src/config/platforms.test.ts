import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { describe, test } from "node:test";
import { UPSTREAM_ID_HEADERS } from "../context/request-id.ts";
import {
	DETECTION_ORDER,
	detectPlatforms,
	graceSeconds,
	mergePlatforms,
	PLATFORM_NAMES,
	PLATFORMS,
	type Platform,
	type PlatformFacts,
	type PlatformName,
	type Source,
} from "./platforms.ts";

const PAGE = new URL("../../../../docs/platforms.md", import.meta.url);
const BEGIN = "<!-- begin: platforms -->";
const END = "<!-- end: platforms -->";

/** Decided by us, so there is nothing to quote. */
const OURS: readonly (keyof PlatformFacts)[] = ["lingerMs", "drainDelayMs", "serverless"];

const all: readonly (readonly [PlatformName, Platform])[] = PLATFORM_NAMES.map((name) => [
	name,
	PLATFORMS[name],
]);

/** Platforms that break a rule, so that a failure names them all. */
function offenders(breaks: (platform: Platform, name: PlatformName) => boolean): PlatformName[] {
	return all.filter(([name, platform]) => breaks(platform, name)).map(([name]) => name);
}

describe("the table of platforms", () => {
	test("has an entry for every name and no other", () => {
		assert.deepEqual(Object.keys(PLATFORMS).sort(), [...PLATFORM_NAMES].sort());
	});

	test("keeps connections longer than the proxy in front", () => {
		const broken = offenders(({ facts }) => {
			if (facts.idleTimeoutMs === undefined) return false;
			return (facts.keepAliveTimeoutMs ?? 0) < facts.idleTimeoutMs + 5000;
		});
		assert.deepEqual(broken, []);
	});

	test("counts times in whole, positive milliseconds and hops in small whole numbers", () => {
		const isTime = (ms: number | undefined): boolean =>
			ms === undefined || (Number.isInteger(ms) && ms >= 5000 && ms <= 3_700_000);
		const isHops = (hops: number | undefined): boolean => hops === undefined || [0, 1, 2].includes(hops);
		const broken = offenders(
			({ facts }) => !isTime(facts.idleTimeoutMs) || !isTime(facts.keepAliveTimeoutMs) || !isHops(facts.hops),
		);
		assert.deepEqual(broken, []);
	});

	test("counts grace in seconds, up to five minutes", () => {
		const broken = offenders(
			({ facts: { graceSeconds: grace } }) => grace !== undefined && !(grace >= 0 && grace <= 300),
		);
		assert.deepEqual(broken, []);
	});

	test("writes headers as Node reads them, in lower case", () => {
		const broken = offenders(({ facts }) =>
			[facts.clientHeader, facts.requestIdHeader].some(
				(header) => header !== undefined && !/^[a-z]+(-[a-z]+)+$/.test(header),
			),
		);
		assert.deepEqual(broken, []);
	});

	test("names signals that a process can catch, together with the grace", () => {
		const broken = offenders(({ facts }) => {
			if ((facts.stopSignals === undefined) !== (facts.graceSeconds === undefined)) return true;
			return facts.stopSignals?.some((signal) => !["SIGTERM", "SIGINT"].includes(signal)) ?? false;
		});
		assert.deepEqual(broken, []);
	});

	test("lingers a second behind an HTTP proxy and not at all on a plain platform", () => {
		assert.equal(PLATFORMS.plain.facts.lingerMs, 0);
		const broken = offenders(({ facts }) => {
			const isProxied =
				(facts.hops ?? 0) > 0 || facts.trust !== undefined || facts.keepAliveTimeoutMs !== undefined;
			return isProxied && facts.lingerMs !== 1000;
		});
		assert.deepEqual(broken, []);
	});

	test("delays the drain on Kubernetes only", () => {
		assert.equal(PLATFORMS.kubernetes.facts.drainDelayMs, 5000);
		assert.deepEqual(
			offenders(({ facts }) => facts.drainDelayMs !== undefined),
			["kubernetes"],
		);
	});

	test("has a source for every figure, and no source for a figure that is not there", () => {
		const broken = offenders(({ facts, sources }) => {
			const quoted = sources.flatMap((source) => source.figures).sort();
			const known = (Object.keys(facts) as (keyof PlatformFacts)[]).filter(
				(figure) => !OURS.includes(figure),
			);
			return JSON.stringify(quoted) !== JSON.stringify(known.sort());
		});
		assert.deepEqual(broken, []);
	});

	test("gives every source a public page and a day", () => {
		const isWhole = ({ url, quotedBy = url, date }: Source): boolean =>
			[url, quotedBy].every((page) => page.startsWith("https://")) &&
			/^\d{4}-\d{2}-\d{2}$/.test(date) &&
			!Number.isNaN(Date.parse(date));
		assert.deepEqual(
			offenders(({ sources }) => !sources.every(isWhole)),
			[],
		);
	});

	test("is frozen to the last list", () => {
		assert.ok(Object.isFrozen(PLATFORMS));
		assert.ok(Object.isFrozen(PLATFORMS.fly.facts.stopSignals));
		assert.ok(Object.isFrozen(PLATFORMS.heroku.sources[0]?.figures));
	});
});

describe("finding the platform", () => {
	/** As each platform sets them. */
	const environments: Partial<Record<PlatformName, Record<string, string>>> = {
		kubernetes: { KUBERNETES_SERVICE_HOST: "10.0.0.1", KUBERNETES_SERVICE_PORT: "443" },
		ecs: { ECS_CONTAINER_METADATA_URI_V4: "http://169.254.170.2/v4/x" },
		"cloud-run": { K_SERVICE: "shop", K_REVISION: "shop.1", K_CONFIGURATION: "shop" },
		heroku: { DYNO: "web.1" },
		fly: { FLY_APP_NAME: "shop", FLY_MACHINE_ID: "4d89", FLY_ALLOC_ID: "4d89" },
		render: { RENDER: "true" },
		railway: { RAILWAY_ENVIRONMENT_ID: "e", RAILWAY_REPLICA_ID: "r" },
		systemd: { INVOCATION_ID: "0f", JOURNAL_STREAM: "8:1", SYSTEMD_EXEC_PID: "7" },
		pm2: { pm_id: "0", PM2_HOME: "/home/app/.pm2", NODE_APP_INSTANCE: "0" },
		lambda: { AWS_LAMBDA_FUNCTION_NAME: "shop" },
		vercel: { VERCEL: "1", VERCEL_REGION: "fra1" },
	};

	test("sees each platform by the variables it sets", () => {
		for (const [name, environment] of Object.entries(environments)) {
			assert.deepEqual(detectPlatforms(environment), [name]);
		}
	});

	test("tries every platform that can be seen, once", () => {
		const detectable = PLATFORM_NAMES.filter((name) => PLATFORMS[name].detection !== undefined);
		assert.deepEqual([...DETECTION_ORDER].sort(), [...detectable].sort());
		assert.deepEqual(Object.keys(environments).sort(), [...detectable].sort());
	});

	test("says plain when nothing is seen", () => {
		assert.deepEqual(detectPlatforms({}), ["plain"]);
		assert.deepEqual(detectPlatforms({ PATH: "/usr/bin", DYNO: "" }), ["plain"]);
	});

	test("puts the manager nearest to the process last", () => {
		assert.deepEqual(detectPlatforms({ ...environments.pm2, ...environments.kubernetes }), [
			"kubernetes",
			"pm2",
		]);
		assert.deepEqual(detectPlatforms({ ...environments.pm2, ...environments.systemd }), ["systemd", "pm2"]);
	});

	test("does not take a terminal for a systemd service", () => {
		const desktop = {
			INVOCATION_ID: "0f",
			JOURNAL_STREAM: "8:1",
			MANAGERPID: "1500",
			TERM: "xterm-256color",
		};
		const login = { INVOCATION_ID: "0f", TERM: "linux" };
		assert.deepEqual(detectPlatforms(desktop), ["plain"]);
		assert.deepEqual(detectPlatforms(login), ["plain"]);
	});

	test("does not take a developer's machine for the platform whose tools are on it", () => {
		assert.deepEqual(detectPlatforms({ FLY_APP_NAME: "shop" }), ["plain"]);
		assert.deepEqual(detectPlatforms({ RAILWAY_ENVIRONMENT_ID: "e", RAILWAY_PROJECT_ID: "p" }), ["plain"]);
		assert.deepEqual(detectPlatforms({ VERCEL: "1", VERCEL_ENV: "development" }), ["plain"]);
		assert.deepEqual(detectPlatforms({ PM2_HOME: "/home/me/.pm2" }), ["plain"]);
	});

	test("does not take Knative for Cloud Run", () => {
		assert.deepEqual(detectPlatforms({ ...environments["cloud-run"], ...environments.kubernetes }), [
			"kubernetes",
		]);
	});
});

describe("the grace that the environment states", () => {
	test("overrides the default, whatever its unit", () => {
		assert.equal(graceSeconds("railway", { RAILWAY_DEPLOYMENT_DRAINING_SECONDS: "30" }), 30);
		assert.equal(graceSeconds("kubernetes", { TERMINATION_GRACE_PERIOD_SECONDS: "60" }), 60);
		assert.equal(graceSeconds("pm2", { kill_timeout: "3000", PM2_KILL_TIMEOUT: "9000" }), 3);
		assert.equal(graceSeconds("pm2", { PM2_KILL_TIMEOUT: "9000" }), 9);
	});

	test("is the default where the variable is missing or no number", () => {
		assert.equal(graceSeconds("pm2"), 1.6);
		assert.equal(graceSeconds("railway", { RAILWAY_DEPLOYMENT_DRAINING_SECONDS: "" }), 0);
		assert.equal(graceSeconds("kubernetes", { TERMINATION_GRACE_PERIOD_SECONDS: "1m" }), 30);
		assert.equal(graceSeconds("kubernetes", { TERMINATION_GRACE_PERIOD_SECONDS: "-5" }), 30);
		assert.equal(graceSeconds("aws-alb"), undefined);
	});
});

describe("a list of platforms", () => {
	test("takes from each what it knows", () => {
		assert.deepEqual(mergePlatforms(["kubernetes", "aws-alb"]), {
			stopSignals: ["SIGTERM"],
			graceSeconds: 30,
			drainDelayMs: 5000,
			idleTimeoutMs: 60_000,
			keepAliveTimeoutMs: 65_000,
			lingerMs: 1000,
			hops: 1,
			requestIdHeader: "x-amzn-trace-id",
		});
	});

	test("lets the later one win, and replaces lists", () => {
		const merged = mergePlatforms(["heroku", "cloudflare", "pm2"]);
		assert.equal(merged.keepAliveTimeoutMs, 905_000);
		assert.equal(merged.requestIdHeader, "cf-ray");
		assert.deepEqual(merged.stopSignals, ["SIGINT"]);
	});

	test("never adds hops up", () => {
		assert.equal(mergePlatforms(["cloudfront", "aws-alb"]).hops, 1);
	});

	test("asks one proxy only who the client is", () => {
		const merged = mergePlatforms(["cloudflare", "nginx"]);
		assert.equal(merged.hops, 1);
		assert.deepEqual([merged.trust, merged.clientHeader], [undefined, undefined]);
		const other = mergePlatforms(["nginx", "cloudflare"]);
		assert.deepEqual([other.hops, other.trust], [undefined, ["cloudflare", "private"]]);
	});

	test("takes idle time and keep-alive from the same proxy", () => {
		const merged = mergePlatforms(["cloudflare", "render"]);
		assert.equal(merged.keepAliveTimeoutMs, 120_000);
		assert.equal(merged.idleTimeoutMs, undefined);
	});

	test("holds to the shortest grace, in any order", () => {
		const environment = { kill_timeout: "60000" };
		assert.equal(mergePlatforms(["kubernetes", "pm2"], environment).graceSeconds, 30);
		assert.equal(mergePlatforms(["pm2", "kubernetes"], environment).graceSeconds, 30);
		assert.equal(mergePlatforms(["kubernetes", "pm2"]).graceSeconds, 1.6);
	});

	test("does not delay the drain when the grace is short", () => {
		assert.equal(mergePlatforms(["kubernetes", "pm2"]).drainDelayMs, 0);
		const environment = { TERMINATION_GRACE_PERIOD_SECONDS: "9" };
		assert.equal(mergePlatforms(["kubernetes"], environment).drainDelayMs, 0);
		assert.equal(mergePlatforms(["pm2"]).drainDelayMs, undefined);
	});

	test("is frozen, and empty for no platform", () => {
		assert.ok(Object.isFrozen(mergePlatforms(["fly"])));
		assert.deepEqual(mergePlatforms([]), {});
	});
});

describe("docs/platforms.md", () => {
	test("shows the figures of the table", () => {
		const page = readFileSync(PAGE, "utf8");
		const start = page.indexOf(BEGIN) + BEGIN.length;
		const end = page.indexOf(END);
		assert.ok(start >= BEGIN.length && end > start, `the page needs ${BEGIN} and ${END}`);
		const table = `\n${renderTable()}\n`;
		if (process.env.UPDATE_DOCS === "1") {
			writeFileSync(PAGE, page.slice(0, start) + table + page.slice(end));
			return;
		}
		assert.equal(page.slice(start, end), table, "run this file with UPDATE_DOCS=1");
	});
});

function code(text: string | undefined): string {
	return text === undefined ? "" : `\`${text}\``;
}

function seconds(ms: number | undefined): string {
	return ms === undefined ? "" : `${ms / 1000} s`;
}

function found(name: PlatformName, { detection }: Platform): string {
	if (name === "plain") return "nothing else found";
	if (detection === undefined) return "by name only";
	const { all, any = [], none = [] } = detection;
	const parts = [all.map(code).join(" and ")];
	if (any.length > 0) parts.push(`with ${any.map(code).join(" or ")}`);
	if (none.length > 0) parts.push(`without ${none.map(code).join(" and ")}`);
	return parts.join(", ");
}

function believed({ facts, hopsNeed }: Platform): string {
	if (facts.trust !== undefined) return facts.trust.map(code).join(", ");
	if (facts.hops === undefined) return "";
	return hopsNeed === undefined ? `${facts.hops}` : `${facts.hops}, with ${code(hopsNeed)}`;
}

function grace({ facts, graceVariables = [] }: Platform): string {
	if (facts.serverless === true) return "serverless";
	if (facts.graceSeconds === undefined) return "";
	const variables = graceVariables.map(({ name, unitMs }) => `${code(name)}${unitMs === 1 ? " (ms)" : ""}`);
	return [`${facts.graceSeconds} s`, ...variables].join(", or ");
}

function source({ url, date, quotedBy, measured }: Source): string {
	const how = measured === undefined ? "" : `, measured: ${measured}`;
	const by = quotedBy === undefined ? "" : ` ([quoted](${quotedBy}))`;
	return `[${date}${how}](${url})${by}`;
}

function renderTable(): string {
	const head = [
		"Platform",
		"Found by",
		"Idle time of the proxy",
		"Keep-alive we set",
		"Hops, or who is believed",
		"Client header",
		"Request id header",
		"Stop signal",
		"Grace",
		"Drain delay",
		"Linger",
		"Sources",
	];
	const rows = all.map(([name, platform]) => {
		const { facts, title, sources } = platform;
		return [
			`${code(name)} ${title}`,
			found(name, platform),
			seconds(facts.idleTimeoutMs),
			seconds(facts.keepAliveTimeoutMs),
			believed(platform),
			code(facts.clientHeader),
			code(facts.requestIdHeader),
			(facts.stopSignals ?? []).join(", "),
			grace(platform),
			seconds(facts.drainDelayMs),
			seconds(facts.lingerMs),
			sources.map(source).join(", "),
		];
	});
	return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

test("the id that a platform gives a request is looked for under its name", () => {
	const names = Object.values(PLATFORMS).flatMap(({ facts }) => facts.requestIdHeader ?? []);
	const unknown = names.filter((name) => name !== "x-request-id" && !UPSTREAM_ID_HEADERS.includes(name));
	assert.deepEqual(unknown, []);
});
