/// An integer, also as JavaScript has it.
int _integer(Object? json) => switch (json) {
  final int value => value,
  final double value when value == value.truncateToDouble() => value.toInt(),
  _ => throw FormatException('A value is no integer', json),
};
