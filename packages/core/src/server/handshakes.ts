import type { Socket } from "node:net";

/** TLS connections whose handshake is not over: until then only the raw socket beneath is known. */
export interface Handshakes {
	size(): number;
	/** A raw connection; `onClose` hears when it is gone. */
	begin(raw: Socket, onClose: () => void): void;
	/** The handshake of a connection is over; from now on it is known by its secure socket. */
	end(secure: Socket): void;
	destroy(): void;
}

export function trackHandshakes(): Handshakes {
	const pending = new Set<Socket>();
	return {
		size: () => pending.size,
		begin(raw, onClose) {
			pending.add(raw);
			raw.once("close", () => {
				pending.delete(raw);
				onClose();
			});
		},
		end(secure) {
			for (const raw of pending) {
				if (raw.remotePort !== secure.remotePort || raw.remoteAddress !== secure.remoteAddress) continue;
				pending.delete(raw);
				return;
			}
		},
		destroy() {
			for (const raw of pending) raw.destroy();
		},
	};
}
