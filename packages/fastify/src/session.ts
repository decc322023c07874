import {
	arrive,
	exchangeOf,
	isOutage,
	isSecureFor,
	mayRenew,
	OTHER_SESSION,
	openExchange,
	openFirstVisit,
	openSessionPart,
	openVisit,
	outageVerdict,
	passThrough,
	type SessionPartOptions,
	type Sessions,
	servedExchange,
	type Visit,
} from "@production-ready/core/adapter";
import type {
	DoneFuncWithErrOrRes,
	FastifyInstance,
	FastifyPluginAsync,
	FastifyReply,
	FastifyRequest,
} from "fastify";
import { fastifyFramework, PASSAGE, sendVerdict } from "./exchange.ts";
import { plugin } from "./parts.ts";
import { deferring, type Entered, enteredOf, hasPlace, keepEntered } from "./session-entered.ts";
import { openCookies, openLibrary, plainCookie, type Shown, signedId } from "./session-library.ts";
import { saving } from "./session-saving.ts";

/** Sessions alone. Takes what express-session takes, except that `cookie` is an object and `resave` has no meaning. */
export const session: FastifyPluginAsync<SessionPartOptions<FastifyRequest>> = plugin(
	"session",
	async (instance: FastifyInstance, options: SessionPartOptions<FastifyRequest>) => {
		const part = openSessionPart(options as SessionPartOptions);
		// Whoever comes later and does more takes the request over.
		const framework = { ...fastifyFramework(), isWatching: true as const };
		instance.addHook("onRequest", (request, reply, done) => {
			if (servedExchange(request.raw) !== undefined) {
				done();
				return;
			}
			const exchange = openExchange(request.raw, reply.raw, framework, request, reply);
			passThrough(part.pipeline, exchange, PASSAGE, done);
		});
		await mountSession(instance, part);
	},
);

/** @fastify/session, carrying out a policy of core: once for https and once for http, over one store. */
export async function mountSession(instance: FastifyInstance, sessions: Sessions): Promise<void> {
	const { policy, keeper, notice } = sessions;
	const cookies = await openCookies(policy.secrets);
	const secure = openLibrary(policy, policy.secure, cookies, keeper);
	const plain = policy.plain === policy.secure ? secure : openLibrary(policy, policy.plain, cookies, keeper);

	const defer = deferring(make);

	function onRequest(request: FastifyRequest, reply: FastifyReply, done: DoneFuncWithErrOrRes): void {
		// Whoever keeps sessions here has a place for them on every request, whether he came before or after ours. And
		// of two of ours the first one does.
		if (hasPlace(request)) {
			if (enteredOf(request)?.cookies !== cookies) notice(...OTHER_SESSION);
			done();
			return;
		}
		const exchange = exchangeOf(request.raw)!;
		const library = exchange.isSecure ? secure : plain;
		const visit = arrive(exchange, policy);
		const entered: Entered = {
			exchange,
			library,
			cookies,
			request,
			reply,
			visit,
			shown: undefined,
			session: undefined,
			failure: undefined,
			isSaved: false,
		};
		keepEntered(request, entered);
		if (!library.isMadeLate) {
			makeNow(entered, done);
		} else if (visit === undefined) {
			defer(request);
			done();
		} else {
			read(entered, visit, done);
		}
	}

	/** What the store says of a session is known before the routes run, also where none of them touches it. */
	function read(entered: Entered, visit: Visit, done: DoneFuncWithErrOrRes): void {
		keeper.read(visit, (error) => {
			if (error !== undefined) {
				refuse(entered);
			} else if (mayRenew(visit)) {
				makeNow(entered, done);
			} else {
				defer(entered.request);
				done();
			}
		});
	}

	function makeNow(entered: Entered, done: DoneFuncWithErrOrRes): void {
		entered.visit ??= openVisit();
		run(entered, (error) => {
			if (isOutage(error)) refuse(entered);
			else done(error as Error);
		});
	}

	function refuse({ exchange, reply }: Entered): void {
		exchange.isAnswered = true;
		sendVerdict(reply, outageVerdict(exchange.requestId));
	}

	/** At the first touch. Nothing is waited for any more, so the library is through when this is. */
	function make(request: FastifyRequest): Entered {
		const entered = enteredOf(request)!;
		if (entered.shown !== undefined) return entered;
		entered.visit ??= openFirstVisit();
		run(entered, (error) => {
			entered.failure = error;
		});
		if (entered.failure) throw entered.failure;
		return entered;
	}

	function run(entered: Entered, done: (error?: unknown) => void): void {
		const { library, reply } = entered;
		const visit = entered.visit!;
		const shown = show(entered, visit);
		entered.shown = shown;
		keeper.enter(visit, (end) => library.onRequest(instance, shown, reply, end), done);
	}

	/** One for all requests: accessors of its own would cost each of them a shape of its own. */
	const place: Pick<Shown, "session"> & ThisType<Placed> = {
		get session() {
			return this.request.session;
		},
		set session(made) {
			if (made) {
				if (made.sessionId === this.visit.askedId) keepOwnAge(made, this.visit);
				keeper.adopt(made, this.visit, made.sessionId);
			}
			this.request.session = made;
		},
	};

	function show({ exchange, library, request }: Entered, visit: Visit): Shown {
		const { askedId, askedSigned } = visit;
		if (askedId !== undefined && askedSigned !== undefined) cookies.know(askedId, askedSigned);
		return {
			__proto__: place,
			request,
			visit,
			raw: request.raw,
			cookies: askedId === undefined ? {} : { [library.name]: signedId(askedId, cookies) },
			protocol: isSecureFor(exchange, policy.library.proxy) ? "https" : "http",
		} as Partial<Placed> as Placed;
	}

	instance.addHook("onRequest", onRequest);
	instance.addHook("onSend", saving(instance, sessions, cookies));
}

interface Placed extends Shown {
	readonly visit: Visit;
}

/** Near its absolute end a session has less time than its cookie was given; one that is begun in its place copies what the library has noted. */
function keepOwnAge(made: FastifyRequest["session"], { stored }: Visit): void {
	const maxAge = stored?.cookie.originalMaxAge;
	const { cookie } = made;
	if (typeof maxAge !== "number" || maxAge === cookie.originalMaxAge) return;
	made.options({ maxAge, expires: undefined } as never);
	made.cookie = cookie;
}

/** Lets the client forget its cookie. */
export function clearCookie(request: FastifyRequest, cookie: FastifyRequest["session"]["cookie"]): void {
	const known = enteredOf(request);
	if (known === undefined || known.reply.sent) return;
	const { reply, cookies, library } = known;
	const options = { ...plainCookie(cookie), expires: new Date(0) };
	reply.header("set-cookie", cookies.serialize(library.name, "", options));
}
