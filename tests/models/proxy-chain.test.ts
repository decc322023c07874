/** The proxy room beside a model of it that shares no line with it. */
import assert from "node:assert/strict";
import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { describe, test } from "node:test";
import fc from "fast-check";
import { plainAddress } from "../../packages/core/src/address.ts";
import { CLOUDFLARE_RANGES } from "../../packages/core/src/cloudflare-ranges.ts";
import { believedHost, clientAddress, isSecureRequest } from "../../packages/core/src/proxy/forwarded.ts";
import { compileTrust, trustHops } from "../../packages/core/src/proxy/trust.ts";
import { addressIn, type Headers, type Setting, seenBy } from "../proxy-model.ts";

function ours(
	{ hops, trust, clientHeader }: Setting,
	peer: string,
	headers: Headers,
): ReturnType<typeof seenBy> {
	const socket = new Socket();
	Object.defineProperty(socket, "remoteAddress", { value: peer });
	const request = new IncomingMessage(socket);
	request.headers = { ...headers };
	const compiled = trust === undefined ? trustHops(hops ?? 0) : compileTrust(trust);
	return {
		ip: clientAddress(request, compiled, clientHeader),
		isSecure: isSecureRequest(request, compiled),
		host: believedHost(request, compiled),
	};
}

const SETTINGS: readonly Setting[] = [
	{},
	...[0, 1, 2, 3].map((hops) => ({ hops })),
	...["loopback", "linklocal", "uniquelocal", "private", "cloudflare"].map((name) => ({ trust: [name] })),
	{ trust: [] },
	{ trust: ["private", "cloudflare"] },
	{ trust: ["10.0.0.0/8", "203.0.113.128/25"] },
	{ trust: ["2001:db8::/32", "::1", "10.0.0.7"] },
	{ hops: 1, clientHeader: "cf-connecting-ip" },
	{ trust: ["cloudflare"], clientHeader: "cf-connecting-ip" },
	{ trust: ["private"], clientHeader: "x-real-ip" },
];

const address = fc.oneof(
	fc.constantFrom(
		"127.0.0.1",
		"10.0.0.7",
		"10.9.9.9",
		"192.168.1.1",
		"169.254.0.1",
		"203.0.113.7",
		"203.0.113.200",
	),
	fc.constantFrom(
		"104.16.0.9",
		"104.28.0.1",
		"172.71.1.1",
		"173.245.48.1",
		"2606:4700::9",
		"2a06:98c0:3600::103",
	),
	fc.constantFrom("::1", "fe80::1", "fd00::1", "2001:db8::7", "2001:db9::7"),
	fc.ipV4(),
);
const spelled = address.chain((plain) =>
	plain.includes(":")
		? fc.constantFrom(plain, `[${plain}]`, `[${plain}]:443`, plain.toUpperCase(), `${plain}%eth0`)
		: fc.constantFrom(plain, `${plain}:51234`, `::ffff:${plain}`, `[::ffff:${plain}]:80`),
);
const entry = fc.oneof(
	{ weight: 6, arbitrary: spelled },
	{
		weight: 1,
		arbitrary: fc.constantFrom(
			"",
			"unknown",
			"_hidden",
			"garbage",
			"1.2.3",
			"for=1.2.3.4",
			"[::1",
			"1.1.1.1:x",
		),
	},
);
const list = (one: fc.Arbitrary<string>): fc.Arbitrary<string | undefined> =>
	fc.option(
		fc
			.tuple(fc.array(one, { minLength: 1, maxLength: 5 }), fc.constantFrom(",", ", ", " ,\t"))
			.map(([entries, comma]) => entries.join(comma)),
		{ nil: undefined },
	);
const headers = fc.record({
	"x-forwarded-for": list(entry),
	"x-forwarded-proto": list(fc.constantFrom("https", "http", "HTTPS", "wss", "ftp", "")),
	"x-forwarded-host": list(fc.constantFrom("shop.example", "evil.example:81", "[::1]:80", "")),
	"cf-connecting-ip": list(spelled),
	"x-real-ip": list(entry),
});

describe("who the client is, and how it came", () => {
	for (const setting of SETTINGS) {
		test(`H81 ${JSON.stringify(setting)}: is what the model says`, () => {
			fc.assert(
				fc.property(address, headers, (peer, sent) => {
					assert.deepEqual(ours(setting, peer, sent), seenBy(setting, peer, sent));
				}),
				{ numRuns: 2_000 },
			);
		});
	}

	test("H82 whatever stands in the headers, nothing is thrown, and the client is the peer or an entry", () => {
		const text = fc.oneof(
			fc.string({ unit: "binary" }),
			fc.string({ unit: fc.constantFrom(...'0123456789af:.[]%, ;=_"') }),
		);
		fc.assert(
			fc.property(
				fc.constantFrom(...SETTINGS),
				address,
				text,
				text,
				text,
				(setting, peer, forwarded, proto, named) => {
					const sent = {
						"x-forwarded-for": forwarded,
						"x-forwarded-proto": proto,
						"x-forwarded-host": proto,
						"cf-connecting-ip": named,
						"x-real-ip": named,
					};
					const { ip } = ours(setting, peer, sent);
					const known = [peer, named, ...forwarded.split(",")].map(plainAddress);
					assert.ok(known.includes(ip), ip);
				},
			),
			{ numRuns: 5_000 },
		);
	});

	test("the model reads addresses as we do", () => {
		const text = fc.oneof(entry, fc.string({ unit: fc.constantFrom(..."0123456789abcdef:.[]%") }));
		fc.assert(
			fc.property(text, (written) => assert.equal(addressIn(written), plainAddress(written))),
			{ numRuns: 20_000 },
		);
	});
});

test("cloudflare is, network by network, what the model has from another copy of the list", () => {
	for (const range of CLOUDFLARE_RANGES) {
		const peer = range.split("/")[0]!;
		assert.equal(
			seenBy({ trust: ["cloudflare"] }, peer, { "x-forwarded-for": "203.0.113.7" }).ip,
			"203.0.113.7",
			range,
		);
	}
});
