/** Requests that are wrong, or right and odd, byte by byte. */
export interface Vector {
	readonly name: string;
	readonly bytes: string;
	/** Holds two requests and says so: both are to be answered. */
	readonly isTwo?: true;
}

const HOST = "Host: localhost";
/** What an attacker hopes to have answered as a request of its own. */
const SMUGGLED = `GET /smuggled HTTP/1.1\r\n${HOST}\r\n\r\n`;

/** A request with these lines and this body; nothing is added. */
function request(first: string, lines: readonly string[] = [HOST], body = ""): string {
	return `${[first, ...lines].join("\r\n")}\r\n\r\n${body}`;
}

function post(lines: readonly string[], body: string): string {
	return request("POST / HTTP/1.1", [HOST, ...lines], body);
}

const CHUNKED = "Transfer-Encoding: chunked";
const HELLO = "5\r\nhello\r\n0\r\n\r\n";

/** Two readings of where a body ends. */
const FRAMING: readonly Vector[] = [
	{
		name: "CL.TE: Content-Length and chunked",
		bytes: post([`Content-Length: ${5 + SMUGGLED.length}`, CHUNKED], `0\r\n\r\n${SMUGGLED}`),
	},
	{
		name: "TE.CL: chunked and Content-Length",
		bytes: post(
			[CHUNKED, "Content-Length: 4"],
			`${SMUGGLED.length.toString(16)}\r\n${SMUGGLED}\r\n0\r\n\r\n`,
		),
	},
	{ name: "two Content-Length, the same", bytes: post(["Content-Length: 5", "Content-Length: 5"], "hello") },
	{
		name: "two Content-Length that differ",
		bytes: post(["Content-Length: 0", `Content-Length: ${SMUGGLED.length}`], SMUGGLED),
	},
	{ name: "Content-Length: 5, 5", bytes: post(["Content-Length: 5, 5"], "hello") },
	{ name: "Content-Length: +3", bytes: post(["Content-Length: +3"], "abc") },
	{ name: "Content-Length: 0x3", bytes: post(["Content-Length: 0x3"], "abc") },
	{ name: "Content-Length: -3", bytes: post(["Content-Length: -3"], "abc") },
	{ name: "Content-Length: 3 and words", bytes: post(["Content-Length: 3 bytes"], "abc") },
	{ name: "an empty Content-Length", bytes: post(["Content-Length: "], "abc") },
	{ name: "Content-Length beyond 64 bits", bytes: post(["Content-Length: 18446744073709551617"], "a") },
	{ name: "a body shorter than its length", bytes: post(["Content-Length: 10"], "abc") },
	{ name: "Transfer-Encoding: xchunked", bytes: post(["Transfer-Encoding: xchunked"], HELLO) },
	{ name: "Transfer-Encoding: identity", bytes: post(["Transfer-Encoding: identity"], "hello") },
	{ name: "Transfer-Encoding: chunked, identity", bytes: post([`${CHUNKED}, identity`], HELLO) },
	{ name: "Transfer-Encoding: gzip, chunked", bytes: post(["Transfer-Encoding: gzip, chunked"], HELLO) },
	{ name: "Transfer-Encoding: chunked, twice", bytes: post([CHUNKED, CHUNKED], HELLO) },
	{
		name: "two Transfer-Encoding, the last is identity",
		bytes: post([CHUNKED, "Transfer-Encoding: identity"], HELLO),
	},
	{ name: "Transfer-Encoding behind a vertical tab", bytes: post(["Transfer-Encoding:\x0bchunked"], HELLO) },
	{ name: "Transfer-Encoding with a quote", bytes: post(['Transfer-Encoding: "chunked"'], HELLO) },
	{ name: "Transfer-Encoding in HTTP/1.0", bytes: request("POST / HTTP/1.0", [HOST, CHUNKED], HELLO) },
	{ name: "a chunk size beyond 64 bits", bytes: post([CHUNKED], "fffffffffffffffff\r\nhello\r\n0\r\n\r\n") },
	{ name: "a chunk size of 0x5", bytes: post([CHUNKED], "0x5\r\nhello\r\n0\r\n\r\n") },
	{ name: "a negative chunk size", bytes: post([CHUNKED], "-5\r\nhello\r\n0\r\n\r\n") },
	{ name: "a chunk longer than its size", bytes: post([CHUNKED], "3\r\nhello\r\n0\r\n\r\n") },
	{ name: "a chunk extension", bytes: post([CHUNKED], "5;name=value\r\nhello\r\n0\r\n\r\n") },
	{
		name: "a chunk extension of 20 kB",
		bytes: post([CHUNKED], `5;a=${"b".repeat(20_000)}\r\nhello\r\n0\r\n\r\n`),
	},
	{ name: "a chunk extension with a bare LF", bytes: post([CHUNKED], `5;\nxx\r\nhello\r\n0\r\n\r\n`) },
	{ name: "a chunk that ends in a bare LF", bytes: post([CHUNKED], "5\r\nhello\n0\r\n\r\n") },
	{ name: "a chunk size that ends in a bare LF", bytes: post([CHUNKED], "5\nhello\r\n0\r\n\r\n") },
	{ name: "the last chunk without its empty line", bytes: post([CHUNKED], "5\r\nhello\r\n0\r\n") },
	{
		name: "a trailer that would be a header",
		bytes: post([CHUNKED], "5\r\nhello\r\n0\r\nContent-Length: 50\r\nHost: evil.example\r\n\r\n"),
	},
	{ name: "a GET with a body", bytes: request("GET / HTTP/1.1", [HOST, "Content-Length: 5"], "hello") },
	{
		name: "a GET whose body is a request",
		bytes: request("GET / HTTP/1.1", [HOST, `Content-Length: ${SMUGGLED.length}`], SMUGGLED),
	},
	{
		name: "a HEAD whose body is a request",
		bytes: request("HEAD / HTTP/1.1", [HOST, `Content-Length: ${SMUGGLED.length}`], SMUGGLED),
	},
];

/** Lines that two parsers cut in different places. */
const LINES: readonly Vector[] = [
	{ name: "obs-fold", bytes: request("GET / HTTP/1.1", [HOST, "X-A: one", " two"]) },
	{
		name: "obs-fold with a tab, before the first header",
		bytes: request("GET / HTTP/1.1", ["\tX-A: one", HOST]),
	},
	{ name: "obs-fold of Transfer-Encoding", bytes: post(["Transfer-Encoding:", " chunked"], HELLO) },
	{ name: "lines that end in a bare LF", bytes: `GET / HTTP/1.1\n${HOST}\n\n` },
	{ name: "one header that ends in a bare LF", bytes: `GET / HTTP/1.1\r\n${HOST}\nX-A: b\r\n\r\n` },
	{ name: "lines that end in a bare CR", bytes: `GET / HTTP/1.1\r${HOST}\r\r` },
	{ name: "a bare CR within a value", bytes: request("GET / HTTP/1.1", [HOST, "X-A: b\rX-B: c"]) },
	{ name: "an LF within a value", bytes: request("GET / HTTP/1.1", [HOST, "X-A: b\nX-B: c"]) },
	{ name: "a space before the colon", bytes: post(["Content-Length : 5"], "hello") },
	{ name: "a tab before the colon", bytes: post(["Transfer-Encoding\t: chunked"], HELLO) },
	{ name: "a space before the name", bytes: request("GET / HTTP/1.1", [HOST, "X-A: b", " X-B: c"]) },
	{ name: "a header without a colon", bytes: request("GET / HTTP/1.1", [HOST, "nonsense"]) },
	{ name: "a header without a name", bytes: request("GET / HTTP/1.1", [HOST, ": value"]) },
	{ name: "NUL in a name", bytes: request("GET / HTTP/1.1", [HOST, "X-\0A: b"]) },
	{ name: "NUL in a value", bytes: request("GET / HTTP/1.1", [HOST, "X-A: b\0c"]) },
	{ name: "8 bit in a name", bytes: request("GET / HTTP/1.1", [HOST, "X-\xe9: b"]) },
	{ name: "8 bit in a value", bytes: request("GET / HTTP/1.1", [HOST, "X-A: \xe9\xff"]) },
	{ name: "ESC in a value", bytes: request("GET / HTTP/1.1", [HOST, "X-A: \x1b[31m"]) },
	{ name: "an empty line first", bytes: `\r\n${request("GET / HTTP/1.1")}` },
	{ name: "NUL first", bytes: `\0${request("GET / HTTP/1.1")}` },
	{ name: "the head without its empty line", bytes: `GET / HTTP/1.1\r\n${HOST}\r\n` },
	{ name: "a TLS greeting", bytes: "\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03" },
	{ name: "nothing but garbage", bytes: "\xff\xfe\xfd\xfc\r\n\r\n" },
	{
		name: "garbage behind a request",
		bytes: `${request("GET / HTTP/1.1")}\x00\x01garbage\r\n\r\n`,
	},
	{ name: "two requests at once", bytes: `${request("GET / HTTP/1.1")}${SMUGGLED}`, isTwo: true },
	{
		name: "a request behind one that closes",
		bytes: `${request("GET / HTTP/1.1", [HOST, "Connection: close"])}${SMUGGLED}`,
	},
];

/** First lines, and who is asked. */
const TARGETS: readonly Vector[] = [
	{ name: "two Host, the same", bytes: request("GET / HTTP/1.1", [HOST, HOST]) },
	{ name: "two Host that differ", bytes: request("GET / HTTP/1.1", [HOST, "Host: evil.example"]) },
	{ name: "two Host, one of them empty", bytes: request("GET / HTTP/1.1", ["Host: ", HOST]) },
	{ name: "no Host", bytes: request("GET / HTTP/1.1", []) },
	{ name: "an empty Host", bytes: request("GET / HTTP/1.1", ["Host: "]) },
	{ name: "HTTP/1.0 without Host", bytes: request("GET / HTTP/1.0", []) },
	{
		name: "HTTP/1.0 that asks to be kept",
		bytes: request("GET / HTTP/1.0", [HOST, "Connection: keep-alive"]),
	},
	{ name: "HTTP/0.9", bytes: "GET /\r\n\r\n" },
	{ name: "HTTP/2.0 in words", bytes: request("GET / HTTP/2.0") },
	{ name: "the preface of HTTP/2", bytes: "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" },
	{ name: "HTTP/1.2", bytes: request("GET / HTTP/1.2") },
	{ name: "HTTP/9.9", bytes: request("GET / HTTP/9.9") },
	{ name: "http/1.1 in lower case", bytes: request("GET / http/1.1") },
	{ name: "ICE/1.0, which the parser knows", bytes: request("SOURCE / ICE/1.0") },
	{ name: "a target in full", bytes: request("GET http://localhost/full HTTP/1.1") },
	{ name: "a target in full, of another host", bytes: request("GET http://evil.example/full HTTP/1.1") },
	{ name: "a target of another scheme", bytes: request("GET ftp://localhost/x HTTP/1.1") },
	{ name: "an authority as the target of a GET", bytes: request("GET localhost:80 HTTP/1.1") },
	{ name: "an asterisk as the target of a GET", bytes: request("GET * HTTP/1.1") },
	{ name: "OPTIONS *", bytes: request("OPTIONS * HTTP/1.1") },
	{ name: "a target without its slash", bytes: request("GET path HTTP/1.1") },
	{ name: "no target", bytes: request("GET  HTTP/1.1") },
	{ name: "a space in the target", bytes: request("GET /a b HTTP/1.1") },
	{ name: "a tab in the target", bytes: request("GET /a\tb HTTP/1.1") },
	{ name: "8 bit in the target", bytes: request("GET /\xe9 HTTP/1.1") },
	{ name: "NUL in the target", bytes: request("GET /a\0b HTTP/1.1") },
	{ name: "a fragment in the target", bytes: request("GET /a#b HTTP/1.1") },
	{ name: "half an escape in the target", bytes: request("GET /%E0%A4%A HTTP/1.1") },
	{ name: "two spaces in the first line", bytes: request("GET  / HTTP/1.1") },
];

const METHODS: readonly Vector[] = [
	{ name: "TRACE", bytes: request("TRACE / HTTP/1.1", [HOST, "Cookie: secret=1"]) },
	{ name: "TRACK", bytes: request("TRACK / HTTP/1.1") },
	{ name: "CONNECT to an authority", bytes: request("CONNECT evil.example:443 HTTP/1.1") },
	{ name: "CONNECT to a path", bytes: request("CONNECT / HTTP/1.1") },
	{ name: "a method that nobody knows", bytes: request("JEFF / HTTP/1.1") },
	{ name: "a method in lower case", bytes: request("get / HTTP/1.1") },
	{ name: "a method of WebDAV", bytes: request("PROPFIND / HTTP/1.1") },
	{ name: "a method that is too long", bytes: request(`${"A".repeat(200)} / HTTP/1.1`) },
	{
		name: "a wish to leave HTTP that nobody grants",
		bytes: request("GET / HTTP/1.1", [HOST, "Connection: Upgrade", "Upgrade: nonsense"]),
	},
	{
		name: "a wish for HTTP/2",
		bytes: request("GET / HTTP/1.1", [
			HOST,
			"Connection: Upgrade, HTTP2-Settings",
			"Upgrade: h2c",
			"HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA",
		]),
	},
	{ name: "Expect: 100-continue", bytes: post(["Expect: 100-continue", "Content-Length: 5"], "hello") },
	{ name: "Expect: nonsense", bytes: post(["Expect: nonsense", "Content-Length: 5"], "hello") },
	{
		name: "Expect: 100-continue in HTTP/1.0",
		bytes: request("POST / HTTP/1.0", [HOST, "Expect: 100-continue", "Content-Length: 5"], "hello"),
	},
	...["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"].map((name) => ({
		name: `${name}: DELETE`,
		bytes: post([`${name}: DELETE`, "Content-Length: 0"], ""),
	})),
	{
		name: "_method=DELETE in the query",
		bytes: request("POST /?_method=DELETE HTTP/1.1", [HOST, "Content-Length: 0"]),
	},
];

/** Too much, and names that mean something to a program. */
const SIZES: readonly Vector[] = [
	{ name: "999 headers", bytes: request("GET / HTTP/1.1", [HOST, ...many(998)]) },
	{ name: "1,001 headers", bytes: request("GET / HTTP/1.1", [HOST, ...many(1_000)]) },
	{ name: "2,500 headers", bytes: request("GET / HTTP/1.1", [HOST, ...many(2_499)]) },
	{ name: "a header of 20 kB", bytes: request("GET / HTTP/1.1", [HOST, `X-A: ${"b".repeat(20_000)}`]) },
	{ name: "a URL of 20 kB", bytes: request(`GET /${"a".repeat(20_000)} HTTP/1.1`) },
	{ name: "a header called __proto__", bytes: request("GET / HTTP/1.1", [HOST, "__proto__: polluted"]) },
	{
		name: "headers called constructor and toString",
		bytes: request("GET / HTTP/1.1", [HOST, "constructor: a", "toString: b", "hasOwnProperty: c"]),
	},
	{
		name: "cookies called __proto__",
		bytes: request("GET / HTTP/1.1", [HOST, "Cookie: __proto__=1; constructor=2"]),
	},
];

function many(count: number): readonly string[] {
	return Array.from({ length: count }, () => "a:b");
}

export const VECTORS: readonly Vector[] = [...FRAMING, ...LINES, ...TARGETS, ...METHODS, ...SIZES];
