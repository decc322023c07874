import {
	type Exchange,
	exchangeOf,
	isOutage,
	isSecureFor,
	mustRenew,
	OTHER_SESSION,
	openExchange,
	openSessionPart,
	openVisit,
	outageVerdict,
	outcomeOf,
	passThrough,
	readSignedId,
	refusalOf,
	type SessionPartOptions,
	type Sessions,
	servedExchange,
	unsavable,
	type Visit,
} from "@production-ready/core/adapter";
import type {
	DoneFuncWithErrOrRes,
	FastifyInstance,
	FastifyPluginAsync,
	FastifyReply,
	FastifyRequest,
} from "fastify";
import fp from "fastify-plugin";
import { fastifyFramework, PASSAGE, replaceAnswer, sendVerdict } from "./exchange.ts";
import {
	type Cookies,
	openCookies,
	openLibrary,
	plainCookie,
	type SessionLibrary,
	type Shown,
	showReply,
	signedId,
} from "./session-library.ts";

/** Sessions alone. Takes what express-session takes, except that `cookie` is an object and `resave` has no meaning. */
export const session: FastifyPluginAsync<SessionPartOptions<FastifyRequest>> = fp(
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
	{ name: "@production-ready/fastify/session", fastify: "5.x" },
);

/** One request whose session is ours. */
interface Entered {
	readonly visit: Visit;
	readonly exchange: Exchange;
	readonly library: SessionLibrary;
	readonly cookies: Cookies;
	readonly shown: Shown;
	readonly reply: FastifyReply;
	readonly isSignedAnew: boolean;
	isSaved: boolean;
}

const entered = new WeakMap<FastifyRequest, Entered>();

/** @fastify/session, carrying out a policy of core: once for https and once for http, over one store. */
export async function mountSession(
	instance: FastifyInstance,
	{ policy, keeper, notice }: Sessions,
): Promise<void> {
	const cookies = await openCookies(policy.secrets);
	const secure = openLibrary(policy, policy.secure, cookies, keeper);
	const plain = policy.plain === policy.secure ? secure : openLibrary(policy, policy.plain, cookies, keeper);

	function onRequest(request: FastifyRequest, reply: FastifyReply, done: DoneFuncWithErrOrRes): void {
		// Whoever keeps sessions here has a place for them on every request, whether he came before or after ours. And
		// of two of ours the first one does.
		if ("session" in request) {
			if (entered.get(request)?.cookies !== cookies) notice(...OTHER_SESSION);
			done();
			return;
		}
		const known = enter(request, reply);
		keeper.enter(
			known.visit,
			(end) => known.library.onRequest(instance, known.shown, reply, end),
			(error) => {
				if (isOutage(error)) {
					known.exchange.isAnswered = true;
					sendVerdict(reply, outageVerdict(known.exchange.requestId));
				} else {
					done(error as Error);
				}
			},
		);
	}

	function enter(request: FastifyRequest, reply: FastifyReply): Entered {
		const exchange = exchangeOf(request.raw)!;
		const library = exchange.isSecure ? secure : plain;
		const visit = openVisit();
		const read = readSignedId(request.headers.cookie, library.name, policy.secrets);
		const known: Entered = {
			visit,
			exchange,
			library,
			cookies,
			reply,
			isSignedAnew: read?.isSignedAnew !== false,
			isSaved: false,
			shown: {
				request,
				raw: request.raw,
				cookies: read === undefined ? {} : { [library.name]: signedId(read.id, cookies) },
				protocol: isSecureFor(exchange, policy.library.proxy) ? "https" : "http",
				get session() {
					return request.session;
				},
				set session(made) {
					if (made) keeper.adopt(made, visit, made.sessionId);
					request.session = made;
				},
			},
		};
		entered.set(request, known);
		return known;
	}

	function onSend(request: FastifyRequest, _reply: FastifyReply, payload: unknown, done: SendDone): void {
		const known = entered.get(request);
		if (known === undefined || known.isSaved) {
			done(null, payload);
			return;
		}
		known.isSaved = true;
		const misfit = unsavable(request.session);
		if (misfit === undefined) save(known, payload, done);
		else done(misfit);
	}

	function save(known: Entered, payload: unknown, done: SendDone): void {
		const { visit, exchange, library, shown, reply } = known;
		let hasCookie = false;
		const shownReply = showReply(reply, cookies, shown.protocol === "https", () => {
			// A session that somebody has ended gets no cookie any more.
			hasCookie = !visit.isGone;
			return hasCookie;
		});
		const { session } = shown;
		session?.touch?.();
		library.onSend(instance, shown, shownReply, (thrown) => {
			const outcome = outcomeOf(visit, exchange.requestId);
			if (outcome !== undefined && "verdict" in outcome) {
				exchange.isAnswered = true;
				done(null, replaceAnswer(reply, payload, outcome.verdict));
				return;
			}
			const error = outcome === undefined ? thrown : outcome.error;
			if (error) {
				done(refusalOf(session, error) as Error);
				return;
			}
			renew(known, hasCookie, (name, value, options) => shownReply.setCookie(name, value, options));
			unset(known, done, payload);
		});
	}

	type SetCookie = (name: string, value: string, options: object) => void;

	function renew(known: Entered, isSent: boolean, setCookie: SetCookie): void {
		const { visit, library, shown, reply, isSignedAnew } = known;
		const { session } = shown;
		if (!session?.sessionId) return;
		const hasEnd = session.cookie.originalMaxAge !== null;
		const state = { isSignedAnew, isSent, hasEnd, status: reply.statusCode };
		if (!mustRenew(visit, session.sessionId, state)) return;
		setCookie(library.name, signedId(session.sessionId, cookies), plainCookie(session.cookie));
	}

	/** `unset: "destroy"`: who takes the session off the request ends it. */
	function unset({ visit, shown, exchange, reply }: Entered, done: SendDone, payload: unknown): void {
		const isUnset = policy.library.unset === "destroy" && visit.isLoaded && !shown.session;
		if (!isUnset) {
			done(null, payload);
			return;
		}
		keeper.destroy(visit.askedId!, (error) => {
			if (error === undefined) done(null, payload);
			else done(null, replaceAnswer(reply, payload, outageVerdict(exchange.requestId)));
		});
	}

	instance.addHook("onRequest", onRequest);
	instance.addHook("onSend", onSend);
}

type SendDone = (error: Error | null | undefined, payload?: unknown) => void;

/** Lets the client forget its cookie. */
export function clearCookie(request: FastifyRequest, cookie: FastifyRequest["session"]["cookie"]): void {
	const known = entered.get(request);
	if (known === undefined || known.reply.sent) return;
	const { reply, cookies, library } = known;
	const options = { ...plainCookie(cookie), expires: new Date(0) };
	reply.header("set-cookie", cookies.serialize(library.name, "", options));
}
