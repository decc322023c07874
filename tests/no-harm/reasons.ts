import { type Difference, MOUNTING } from "./compare.ts";

/** Why tests fail with us, and which. */
export interface Reason {
	readonly text: string;
	/** What may be the cause: rooms, or that we are there at all. */
	readonly causes: readonly string[];
	/** What a failed test of this kind says. */
	readonly said?: RegExp;
	/** These tests and no others, by a part of their names. */
	readonly tests?: readonly string[];
}

/** The particular ones first. What fits none has found a fault of ours, and the run fails. */
export const REASONS: readonly Reason[] = [
	{
		text: "**Fewer errors on the way.** An answer whose headers cannot be sent is given up at once, and told as a 500: the hooks for errors hear of it once. Fastify tries a second time, and they hear of it twice.",
		causes: ["errors"],
		tests: [
			"should catch error when setting invalid header on async preSerializeation hook",
			"should catch error when setting invalid header on async onSend hook",
		],
	},
	{
		text: "**No serializer for errors.** An error is told as a problem, also where the route has a schema for answers of its status. The test has one that cannot be compiled, and expects the 500 that comes of it.",
		causes: ["errors"],
		tests: ["do not crash if status code serializer errors"],
	},
	{
		text: "**A page or JSON of the framework's own.** An error that no handler of the program's answers is told as problem+json, without message or stack where it is the server's (`errors`). The tests compare with the framework's answer.",
		causes: ["errors"],
		said: /about:blank|application\/problem\+json/,
	},
	{
		text: "**Members of Fastify's JSON.** The same, where the test looks for one member: `message` is called `detail` in problem+json and is there for errors of the client's, `statusCode` is called `status`, `code`, and what was thrown without being an Error, are not told.",
		causes: ["errors"],
		said: /\+ undefined\n- '|\+ undefined\n- "|undefined !==? |undefined == '|^\+ "body must have/m,
	},
	{
		text: "**Ids.** A request's id is one of a kind and not counted up from `req-1` (`requestId`). A generator or a header for ids that the program has chosen stays; these tests have chosen none.",
		causes: ["requestId"],
		tests: [
			"Should not alter parent of genReqId",
			"The logger should not reuse request id header for req.id",
			"The request id header key can be ignored",
		],
	},
	{
		text: "**Headers of ours on every answer**, where a test compares all there are: the id, the security headers, and the `RateLimit` that counts down from one answer to the next (`requestId`, `headers`, `rateLimit`). One test looks that JSON does without `X-Content-Type-Options`.",
		causes: ["requestId", "headers", "rateLimit"],
		tests: [
			"HEAD should output the same headers as GET requests",
			"reply.getHeaders returns correct values",
			"should not override previous Content-Types with no callback",
		],
	},
	{
		text: "**A word on caching where the program says none** (`headers`). The tests have Express leave `Cache-Control` out and look that there is none; it is `no-store` then, and `headers: { cacheControl: false }` leaves it out ([018](../decisions/018-caching-decided-as-the-head-leaves.md)).",
		causes: ["headers"],
		tests: [
			"cacheControl when false should ",
			'with "cacheControl" option when false should ',
			"when cacheControl: false should ",
		],
	},
	{
		text: "**The policy of Express' own pages** (`headers`). They bring one that leaves framing and forms open; the app's comes in its place.",
		causes: ["headers"],
		tests: ["redirect should respond with default Content-Security-Policy"],
	},
	{
		text: "**`Content-Length` of what was sent.** `fetch` asks for packed answers and unpacks them; the test holds the header against the text (`compression`).",
		causes: ["compression"],
		tests: ["mkcalendar test >", "propfind test >", "report test >"],
		said: /'\d+' !== '\d+'/,
	},
	{
		text: "**The beginning of a packed stream.** @fastify/compress sends the head when it has ten bytes to look at (`compression`). These streams break, or reach `handlerTimeout`, within the first nine: the error is then answered, where bare Fastify has sent its head and can only cut the connection.",
		causes: ["compression"],
		tests: [
			"streaming response exceeding handlerTimeout aborts instead of crashing",
			"customErrorHandler should not call handler for in-stream error",
		],
	},
	{
		text: "**An `onSend` hook is there** (`compression`). Wherever there is one, of ours or of the program's, Fastify hands an answer that cannot be sent to the error handlers, instead of throwing it into `reply.send()`.",
		causes: ["compression"],
		tests: [
			"should throw an error due to serializer can not handle the payload type",
			"should throw an error if the custom serializer does not serialize the payload to a valid type",
		],
	},
	{
		text: "**One line more for a stream that broke.** @fastify/compress writes one to the program's log too, and the test reads the first (`compression`).",
		causes: ["compression", "errors"],
		tests: ["customErrorHandler should throw for json err and stream response"],
	},
	{
		text: "**Hooks and plugins are counted or named.** Our plugin and its hooks are there, under the name `@production-ready/fastify`. The tests look into Fastify's lists, or print them.",
		causes: [MOUNTING, "compression"],
		tests: [
			"onRequest hook should support encapsulation / 2",
			"preValidation hook should support encapsulation / 2",
			"onSend hook should support encapsulation / 1",
			"set the plugin name based on the plugin displayName symbol",
			"plugin name will change when using no encapsulation",
			"hasPlugin returns true when using no encapsulation",
			"pretty print - empty plugins",
			"pretty print - includeMeta, includeHooks",
		],
	},
	{
		text: "**A close is a drain.** `app.close()` stops listening first, answers what has arrived with `Connection: close`, and then ends the connections, as at a SIGTERM. Bare Fastify goes on with a kept connection to answer 503, or cuts pipelined requests that have arrived, or refuses a stream of HTTP/2 where ours lets it be answered.",
		causes: [MOUNTING],
		tests: [
			"Should close the socket abruptly - pipelining - return503OnClosing: false",
			"Current opened connection should not accept new incoming connections",
			"rejected incoming connections should be logged",
			"http/2 sessions should be closed when setting forceClosedConnections to true",
		],
	},
	{
		text: "**Who ends idle connections.** The drain does. The test counts how often Node's `closeIdleConnections()` is called, which is not at all.",
		causes: [MOUNTING],
		tests: ["Should not make an extra closeIdleConnections call for native servers"],
	},
	{
		text: "**TRACE** is answered with 405, whatever is on: it sends back what browsers and proxies have put into a request ([hostile-input.md](hostile-input.md)).",
		causes: [MOUNTING],
		tests: [
			"app.router methods should include TRACE",
			"should send ETag in response to TRACE request",
			"fastify.all should add all the methods to the same url",
		],
	},
	{
		text: "**Half an escape in a URL** (`/%`) is refused with 400 before any route (`limits`). `express.static` goes on to the next handler, and the test expects a 404.",
		causes: ["limits"],
		tests: ["fallthrough when true should fall-through when URL malformed"],
	},
	{
		text: '**A body with the key `__proto__`** is refused with 400 (`limits`), also where Fastify is told to let it through: the test has `onProtoPoisoning: "ignore"`. With `"remove"` it goes on working.',
		causes: ["limits"],
		tests: ["proto-poisoning ignore"],
	},
];

/** The first reason that fits. */
export function reasonOf({ name, said, causes }: Difference): Reason | undefined {
	return REASONS.find(
		(reason) =>
			causes.length > 0 &&
			causes.every((cause) => reason.causes.includes(cause)) &&
			(reason.said?.test(said) ?? true) &&
			(reason.tests?.some((test) => name.includes(test)) ?? true),
	);
}
