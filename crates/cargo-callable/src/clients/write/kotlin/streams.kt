/** A part of a stream. It needs the library kotlinx-coroutines-reactive. */
public sealed interface Streamed<out Chunk, out Output> {
    public data class Next<Chunk>(val chunk: Chunk) : Streamed<Chunk, Nothing>

    public data class Last<Output>(val output: Output) : Streamed<Nothing, Output>
}

private inline fun <reified Chunk, reified Output> streamed(part: StreamResponse): Streamed<Chunk, Output> = when (part) {
    is StreamResponse.Message -> Streamed.Next(decode(part.message.data))
    is StreamResponse.Result -> Streamed.Last(decode(part.result.data))
    else -> throw SerializationException("A part of a stream is neither a chunk nor the result")
}
