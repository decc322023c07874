import type { IncomingMessage } from "node:http";
import { plainAddress } from "../address.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { believedHost, clientAddress, type Forwarding, trustsPeer } from "./forwarded.ts";
import type { ProxyPolicy } from "./policy.ts";
import { suggestionFor } from "./suggestion.ts";
import { compileTrust } from "./trust.ts";

/** An address of nobody (RFC 5737): what a client would write that wants to be someone else. */
const SPOOFED = "192.0.2.66";

/** Of a long chain, the nearest peers; the rest is counted. */
const MAX_PEERS = 20;

/** Of a header, as much as it takes to see what is wrong with it. */
const MAX_TEXT = 200;

/** Everything that was seen of who asks, who is believed, and why; JSON for the operator. */
export function explanationOf(exchange: Exchange, policy: ProxyPolicy): object {
	const { request, clientAddress: client, framework, native } = exchange;
	const isOurs = framework.clientAddress(native) === undefined;
	const { peers, left } = peersOf(request);
	const addresses = peers.map(({ address }) => address);
	const readable = addresses.slice(0, addresses.indexOf(undefined) >>> 0) as readonly string[];
	return {
		client: { address: client, because: reasonFor(exchange, policy, isOurs) },
		setting: settingOf(policy, isOurs, framework.name),
		chain: { peers: isOurs ? judged(peers, policy) : peers, left },
		protocol: {
			isSecure: exchange.isSecure,
			isEncryptedHere: Boolean((request.socket as { encrypted?: boolean }).encrypted),
			...headersShown(request, ["x-forwarded-proto"]),
		},
		host: {
			believed: shownText((isOurs ? believedHost(request, policy.trust) : undefined) ?? request.headers.host),
			...headersShown(request, ["host", "x-forwarded-host"]),
		},
		otherHeaders: headersShown(request, [
			"forwarded",
			...(policy.clientHeader === undefined ? [] : [policy.clientHeader]),
		]),
		spoof: isOurs ? spoofed(request, policy) : undefined,
		suggestion: suggestionFor(readable),
	};
}

interface Peer {
	/** 0 holds the socket. */
	readonly hop: number;
	readonly from: "socket" | "x-forwarded-for";
	readonly written: string | undefined;
	readonly address: string | undefined;
}

/** From the socket outwards, as X-Forwarded-For tells of them. */
function peersOf({ socket, headers }: IncomingMessage): { peers: readonly Peer[]; left: number } {
	const forwarded = headers["x-forwarded-for"];
	const entries = typeof forwarded === "string" ? forwarded.split(",").reverse() : [];
	const nearest = entries.slice(0, MAX_PEERS);
	const peers: Peer[] = [
		{
			hop: 0,
			from: "socket",
			written: shownText(socket.remoteAddress),
			address: plainAddress(socket.remoteAddress ?? ""),
		},
		...nearest.map((entry, index) => ({
			hop: index + 1,
			from: "x-forwarded-for" as const,
			written: shownText(entry.trim()),
			address: plainAddress(entry),
		})),
	];
	return { peers, left: entries.length - nearest.length };
}

/** Each peer with what was made of it; behind the client nobody is looked at. */
function judged(peers: readonly Peer[], policy: ProxyPolicy): readonly object[] {
	let isOver = false;
	return peers.map((peer) => {
		if (isOver) return { ...peer, verdict: "not looked at: whoever stands before it may have written it" };
		const isTrusted = peer.address !== undefined && policy.trust(peer.address, peer.hop);
		isOver = !isTrusted;
		return { ...peer, isTrusted, verdict: verdictOn(peer, isTrusted, policy) };
	});
}

function verdictOn({ address, hop }: Peer, isTrusted: boolean, { setting }: ProxyPolicy): string {
	if (address === undefined) return "no address: what stands before it is not looked at";
	if (!isTrusted) return "not believed: what it says of others counts for nothing";
	const { trust, hops } = setting;
	if (trust === undefined) return `believed: proxy ${hop + 1} of ${hops}, counted from here`;
	const entry = trust.find((one) => compileTrust([one])(address, hop));
	return `believed: it is in ${entry}`;
}

function reasonFor(
	{ request, clientAddress: client }: Exchange,
	policy: ProxyPolicy,
	isOurs: boolean,
): string {
	if (!isOurs) return "the framework says so, by a setting that the program has made itself";
	if (plainAddress(request.socket.remoteAddress ?? "") === undefined) return "the socket has no address";
	if (!policy.isTrusting) return "it holds the socket, and nobody is believed about others";
	if (!trustsPeer(request, policy.trust)) return "it holds the socket, and is not believed about others";
	const { clientHeader } = policy;
	if (clientHeader !== undefined && plainAddress(String(request.headers[clientHeader])) === client)
		return `the peer is believed, and ${clientHeader} says so`;
	if (request.headers["x-forwarded-for"] === undefined)
		return "it holds the socket; it would be believed about others, and X-Forwarded-For is not there";
	return "X-Forwarded-For says so, read from the right for as long as each peer is believed";
}

function settingOf({ setting }: ProxyPolicy, isOurs: boolean, framework: string): object {
	if (isOurs) return { decidedBy: "production-ready", ...setting };
	return { decidedBy: `${framework}, by a setting of the program's: ours stands down`, standsDown: setting };
}

/** What becomes of a client that writes an address into X-Forwarded-For before the proxies do. */
function spoofed(request: IncomingMessage, policy: ProxyPolicy): object {
	const forwarded = request.headers["x-forwarded-for"];
	const written = forwarded === undefined ? SPOOFED : `${SPOOFED}, ${forwarded}`;
	const attempt: Forwarding = {
		socket: request.socket,
		headers: { ...request.headers, "x-forwarded-for": written },
	};
	const address = clientAddress(attempt, policy.trust, policy.clientHeader);
	const isBelieved = address === SPOOFED;
	const told =
		forwarded === undefined
			? "the peer is believed, and adds nothing to X-Forwarded-For: a client that writes it is believed too"
			: "more proxies are believed than have added themselves: a client chooses its own address";
	return { written: SPOOFED, address, isBelieved, verdict: isBelieved ? told : "it changes nothing" };
}

/** Headers as they were sent: what is believed of them may have taken their place meanwhile. */
function headersShown({ rawHeaders }: IncomingMessage, names: readonly string[]): Record<string, unknown> {
	return Object.fromEntries(
		names.map((name) => {
			const values = rawHeaders.filter(
				(_, index) => rawHeaders[index - 1]?.toLowerCase() === name && index % 2 === 1,
			);
			return [name, values.length === 0 ? undefined : shownText(values.join(", "))];
		}),
	);
}

/** Bounded, and without anything that a terminal would act on. */
function shownText(text: string | undefined): string | undefined {
	if (text === undefined) return undefined;
	const cleaned = text.slice(0, MAX_TEXT).replace(/[^\x20-\x7e]/g, "?");
	return text.length > MAX_TEXT ? `${cleaned}...` : cleaned;
}
