import type { Socket } from "node:net";

/** TLS connections whose handshake is not over: until then only the raw socket beneath is known. */
export interface Handshakes {
	size(): number;
	/** Whether one has begun within so long. */
	hasYoung(youngMs: number): boolean;
	/** A raw connection; `onClose` hears when it is gone. */
	begin(raw: Socket, onClose: () => void): void;
	/** The handshake of a connection is over; from now on it is known by its secure socket. */
	end(secure: Socket): void;
	/** The raw connection that a secure one goes over. */
	beneath(secure: Socket): Socket | undefined;
	/** Cuts those that have gone on for so long, and the others once they have. */
	endWithin(timeoutMs: number): void;
	destroy(): void;
}

export function trackHandshakes(): Handshakes {
	const pending = new Map<Socket, number>();
	const raws = new WeakMap<Socket, Socket>();
	return {
		size: () => pending.size,
		hasYoung(youngMs) {
			const sinceMs = performance.now() - youngMs;
			return [...pending.values()].some((begunAtMs) => begunAtMs > sinceMs);
		},
		begin(raw, onClose) {
			pending.set(raw, performance.now());
			raw.once("close", () => {
				pending.delete(raw);
				onClose();
			});
		},
		end(secure) {
			for (const raw of pending.keys()) {
				if (raw.remotePort !== secure.remotePort || raw.remoteAddress !== secure.remoteAddress) continue;
				pending.delete(raw);
				raws.set(secure, raw);
				return;
			}
		},
		beneath: (secure) => raws.get(secure),
		endWithin(timeoutMs) {
			for (const [raw, begunAtMs] of pending) {
				const leftMs = begunAtMs + timeoutMs - performance.now();
				if (leftMs > 0) setTimeout(() => pending.has(raw) && raw.destroy(), leftMs);
				else raw.destroy();
			}
		},
		destroy() {
			for (const raw of pending.keys()) raw.destroy();
		},
	};
}
