/** A host is read beside WHATWG URL, which is how every browser reads it. */
import assert from "node:assert/strict";
import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { describe, test } from "node:test";
import fc from "fast-check";
import { askedHost, parseHost } from "../../packages/core/src/host.ts";
import { compileAllowed } from "../../packages/core/src/hosts/allowed.ts";
import { locationOf } from "../../packages/core/src/https/location.ts";

const RUNS = { numRuns: 5_000 };

const port = fc.option(fc.integer({ min: 1, max: 65_535 }), { nil: undefined });
const name = fc.oneof(
	fc.domain(),
	fc.ipV4(),
	fc.ipV6().map((address) => `[${address}]`),
	fc.constantFrom("localhost", "my_service", "xn--bcher-kva.example", "a-", "EXAMPLE.com", "example.com."),
);
const host = fc.tuple(name, port).map(([written, at]) => (at === undefined ? written : `${written}:${at}`));

/** Everything that parsers have quarrelled over, and pieces of it. */
const hostile = fc.oneof(
	fc.string(),
	fc.string({ unit: "binary" }),
	fc.string({ unit: fc.constantFrom(..."aZ09.-_:[]@/\\?#%*,; \t\r\n\0x&'()+~!$=|<>^`{}") }),
	fc
		.array(
			fc.oneof(
				host,
				fc.constantFrom("@", "/", "\\", "..", ".", ":", "%2e", "#", "?", "0x7f.1", "2130706433", "]", "["),
			),
			{ maxLength: 4 },
		)
		.map((pieces) => pieces.join("")),
);
const anything = fc.oneof(host, hostile);

/** What a browser makes of it as the host of a link. */
function browsers(written: string): URL | undefined {
	return URL.canParse(`http://${written}/`) ? new URL(`http://${written}/`) : undefined;
}

describe("a host", () => {
	test("that is read is the one that a browser goes to", () => {
		fc.assert(
			fc.property(anything, (written) => {
				const read = parseHost(written);
				if (read === undefined) return;
				const seen = browsers(written);
				// A name with a broken `xn--` is none to a browser, and a name like others to DNS.
				if (seen === undefined && /(^|\.)xn--/i.test(written)) return;
				assert.equal(seen?.hostname.replace(/\.$/, ""), read.name, written);
				assert.equal(seen?.port, read.port === undefined || read.port === 80 ? "" : String(read.port));
				assert.equal(`${seen?.username}${seen?.password}${seen?.pathname}${seen?.search}${seen?.hash}`, "/");
			}),
			{ numRuns: 20_000 },
		);
	});

	test("that one would write is read, with or without a port", () => {
		fc.assert(
			fc.property(host, (written) => {
				assert.notEqual(parseHost(written), undefined, written);
			}),
			RUNS,
		);
	});

	test("is the same in capitals, with a dot at its end, and read once more", () => {
		fc.assert(
			fc.property(name, port, (written, at) => {
				const tail = at === undefined ? "" : `:${at}`;
				const read = parseHost(`${written}${tail}`);
				assert.deepEqual(parseHost(`${written.toUpperCase()}${tail}`), read);
				if (!/[\].]$/.test(written)) assert.deepEqual(parseHost(`${written}.${tail}`), read);
				assert.deepEqual(parseHost(`${read!.name}${tail}`), read);
			}),
			RUNS,
		);
	});

	test("holds nothing that could leave its place in a link or a line", () => {
		fc.assert(
			fc.property(anything, (written) => {
				const read = parseHost(written);
				if (read !== undefined) assert.match(read.name, /^(?:[a-z\d._-]+|\[[a-f\d:]+\])$/);
			}),
			{ numRuns: 20_000 },
		);
	});
});

describe("a list of hosts", () => {
	test("serves what it names, and of domains what is below them, by the end of the name and whole labels", () => {
		fc.assert(
			fc.property(fc.domain(), fc.domain(), fc.boolean(), (entry, asked, isBelow) => {
				const allows = compileAllowed([isBelow ? `.${entry}` : entry]);
				const is = (written: string): boolean => allows(parseHost(written)!, false);
				const [mine, theirs] = [entry.toLowerCase(), asked.toLowerCase()];
				assert.ok(is(entry));
				assert.equal(is(asked), theirs === mine || (isBelow && theirs.endsWith(`.${mine}`)));
				assert.equal(is(`${asked}.${entry}`), isBelow || false);
				assert.equal(is(`evil${entry}`), false);
				assert.equal(
					is(`${entry}.${asked}`),
					`${mine}.${theirs}` === mine || (isBelow && theirs.endsWith(`.${mine}`)),
				);
			}),
			RUNS,
		);
	});
});

describe("a request", () => {
	function requestFor(hosts: readonly string[]): IncomingMessage {
		const request = new IncomingMessage(new Socket());
		request.rawHeaders = hosts.flatMap((written) => ["Host", written]);
		request.headers = hosts[0] === undefined ? {} : { host: hosts[0] };
		return request;
	}

	test("whose parts name two hosts names none", () => {
		fc.assert(
			fc.property(name, name, (one, other) => {
				const asked = askedHost(requestFor([one]), `http://${other}/path`);
				const [first, second] = [parseHost(one)!, parseHost(other)!];
				assert.deepEqual(asked, first.name === second.name ? second : "malformed");
				assert.equal(askedHost(requestFor([one, other]), "/"), "malformed");
			}),
			RUNS,
		);
	});
});

describe("a way to https", () => {
	const target = fc.oneof(
		fc.webPath().map((path) => `/${path}`),
		fc.webUrl({ withQueryParameters: true, withFragments: true }),
		hostile.map((text) => `/${text}`),
		hostile,
		fc
			.tuple(
				fc.constantFrom("//", "/\\", "/\t/", "\\\\", "http://", "HTTPS://", "/@", "/.", "*", ""),
				anything,
			)
			.map((pieces) => pieces.join("")),
	);

	test("leads to no other host, whatever the target", () => {
		fc.assert(
			fc.property(host, target, (written, wanted) => {
				const { name: to } = parseHost(written)!;
				const location = locationOf(to, wanted);
				if (location === undefined) return;
				assert.match(location, /^[\x21-\x7e]+$/);
				if (!URL.canParse(`https://${to}/`)) return;
				const url = new URL(location);
				assert.deepEqual(
					[url.protocol, url.host, url.username, url.password],
					["https:", new URL(`https://${to}`).host, "", ""],
				);
			}),
			{ numRuns: 20_000 },
		);
	});

	test("keeps path and query as they are, to the byte", () => {
		fc.assert(
			fc.property(fc.webPath(), fc.webQueryParameters(), (path, query) => {
				const wanted = `${path.startsWith("/") ? "" : "/"}${path}?${query}`;
				assert.equal(locationOf("example.com", wanted), `https://example.com${wanted}`);
			}),
			RUNS,
		);
		assert.equal(locationOf("example.com", "/caf\xc3\xa9?q=\xe9"), "https://example.com/caf%C3%A9?q=%E9");
	});
});
