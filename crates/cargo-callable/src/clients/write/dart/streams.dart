/// A part of a stream.
sealed class Streamed<Chunk, Output> {
  const Streamed();
}

final class Next<Chunk, Output> extends Streamed<Chunk, Output> {
  const Next(this.chunk);

  final Chunk chunk;
}

final class Last<Chunk, Output> extends Streamed<Chunk, Output> {
  const Last(this.output);

  final Output output;
}
