/** HTTP/2 byte by byte, for a client that does what no library does (RFC 9113). */
import { once } from "node:events";
import { constants } from "node:http2";
import { connect, type Socket } from "node:net";

export interface RawHttp2 {
	readonly socket: Socket;
	/** Reads on, to the end of a stream, and resolves with the bytes of its body. */
	body(): Promise<number>;
	/** Shows that it is there. */
	ping(): void;
	/** Takes its request back, in the same breath where nothing was awaited. */
	cancel(): void;
}

const PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const [DATA, HEADERS, RST_STREAM, SETTINGS, PING, WINDOW_UPDATE] = [0, 1, 3, 4, 6, 8];
const [END_STREAM, END_HEADERS] = [1, 4];
const LARGEST = 0x7fffffff;
const HEAD_BYTES = 9;

function frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
	const head = Buffer.alloc(HEAD_BYTES);
	head.writeUIntBE(payload.length, 0, 3);
	head.writeUInt8(type, 3);
	head.writeUInt8(flags, 4);
	head.writeUInt32BE(stream, 5);
	return Buffer.concat([head, payload]);
}

function number(value: number): Buffer {
	const bytes = Buffer.alloc(4);
	bytes.writeUInt32BE(value);
	return bytes;
}

/** The largest windows there are, so that nothing but the reading holds the sender back. It never closes its side. */
export async function connectRaw(port: number, path?: string): Promise<RawHttp2> {
	const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
	await once(socket, "connect");
	socket.on("error", () => {});
	socket.pause();
	const literal = (index: number, text: string): Buffer =>
		Buffer.concat([Buffer.from([index, text.length]), Buffer.from(text)]);
	// GET and http stand in the table of HPACK at 2 and 6, the names of the path and the authority at 4 and 1.
	const head = path && Buffer.concat([Buffer.from([0x82, 0x86]), literal(4, path), literal(1, "localhost")]);
	socket.write(
		Buffer.concat([
			Buffer.from(PREFACE),
			frame(SETTINGS, 0, 0, Buffer.concat([Buffer.from([0, 4]), number(LARGEST)])),
			frame(WINDOW_UPDATE, 0, 0, number(LARGEST - 65_535)),
			...(head ? [frame(HEADERS, END_STREAM | END_HEADERS, 1, head)] : []),
		]),
	);

	async function body(): Promise<number> {
		let bytes = 0;
		let rest = Buffer.alloc(0);
		// Not destroyed where the reading ends: it stays as it is.
		for await (const piece of socket.iterator({ destroyOnReturn: false })) {
			rest = Buffer.concat([rest, piece as Buffer]);
			while (rest.length >= HEAD_BYTES) {
				const length = rest.readUIntBE(0, 3);
				if (rest.length < HEAD_BYTES + length) break;
				if (rest[3] === DATA) bytes += length;
				if (rest[3] === DATA && rest[4]! & END_STREAM) return bytes;
				rest = rest.subarray(HEAD_BYTES + length);
			}
		}
		throw new Error(`the connection ended after ${bytes} bytes`);
	}

	return {
		socket,
		body,
		ping: () => void socket.write(frame(PING, 0, 0, Buffer.alloc(8))),
		cancel: () => void socket.write(frame(RST_STREAM, 0, 1, number(constants.NGHTTP2_CANCEL))),
	};
}
