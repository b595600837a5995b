// Written by `cargo callable types` from the Rust sources. Do not edit: it is written again.
import 'package:cloud_functions/cloud_functions.dart' as sdk;

/// Tagged beside.
sealed class Change {
  const Change();

  factory Change.fromJson(Object? json) {
    if (json is Map && json['kind'] == 'cleared') return ChangeCleared.fromJson(json);
    if (json is Map && json['kind'] == 'text') return ChangeText.fromJson(json);
    if (json is Map && json['kind'] == 'at') return ChangeAt.fromJson(json);
    throw FormatException('A value is no Change', json);
  }

  Object? toJson();
}

final class ChangeCleared extends Change {
  const ChangeCleared();

  factory ChangeCleared.fromJson(Object? json) {
    return const ChangeCleared();
  }

  @override
  Map<String, Object?> toJson() => {
    'kind': 'cleared',
  };
}

final class ChangeText extends Change {
  const ChangeText({required this.value});

  factory ChangeText.fromJson(Object? json) {
    final members = json as Map;
    return ChangeText(
      value: members['value'] as String,
    );
  }

  final String value;

  @override
  Map<String, Object?> toJson() => {
    'kind': 'text',
    'value': value,
  };
}

final class ChangeAt extends Change {
  const ChangeAt({required this.value});

  factory ChangeAt.fromJson(Object? json) {
    final members = json as Map;
    return ChangeAt(
      value: ChangeAtValue.fromJson(members['value']),
    );
  }

  final ChangeAtValue value;

  @override
  Map<String, Object?> toJson() => {
    'kind': 'at',
    'value': value.toJson(),
  };
}

final class ChangeAtValue {
  const ChangeAtValue({required this.line, required this.column});

  factory ChangeAtValue.fromJson(Object? json) {
    final members = json as Map;
    return ChangeAtValue(
      line: _integer(members['line']),
      column: _integer(members['column']),
    );
  }

  final int line;

  final int column;

  Map<String, Object?> toJson() => {
    'line': line,
    'column': column,
  };
}

/// An enum of names.
enum Color {
  darkGreen('DARK_GREEN'),
  /// As blood.
  red('RED');

  const Color(this.json);

  factory Color.fromJson(Object? json) => values.firstWhere(
    (one) => one.json == json,
    orElse: () => throw FormatException('A value is no Color', json),
  );

  final String json;

  String toJson() => json;
}

/// Tagged inside.
sealed class Event {
  const Event();

  factory Event.fromJson(Object? json) {
    if (json is Map && json['type'] == 'signed-out') return EventSignedOut.fromJson(json);
    if (json is Map && json['type'] == 'moved-to') return EventMovedTo.fromJson(json);
    if (json is Map && json['type'] == 'renamed') return EventRenamed.fromJson(json);
    throw FormatException('A value is no Event', json);
  }

  Object? toJson();
}

final class EventSignedOut extends Event {
  const EventSignedOut();

  factory EventSignedOut.fromJson(Object? json) {
    return const EventSignedOut();
  }

  @override
  Map<String, Object?> toJson() => {
    'type': 'signed-out',
  };
}

/// A move.
final class EventMovedTo extends Event {
  const EventMovedTo({required this.x, required this.y});

  factory EventMovedTo.fromJson(Object? json) {
    final members = json as Map;
    return EventMovedTo(
      x: (members['x'] as num).toDouble(),
      y: (members['y'] as num).toDouble(),
    );
  }

  final double x;

  final double y;

  @override
  Map<String, Object?> toJson() => {
    'type': 'moved-to',
    'x': x,
    'y': y,
  };
}

final class EventRenamed extends Event {
  const EventRenamed({this.from, required this.to});

  factory EventRenamed.fromJson(Object? json) {
    final members = json as Map;
    return EventRenamed(
      from: members['from'] == null ? null : members['from'] as String,
      to: members['to'] as String,
    );
  }

  final String? from;

  final String to;

  @override
  Map<String, Object?> toJson() => {
    'type': 'renamed',
    if (from case final some?) 'from': some,
    'to': to,
  };
}

/// Tagged inside.
sealed class EventInput {
  const EventInput();

  factory EventInput.fromJson(Object? json) {
    if (json is Map && json['type'] == 'signed-out') return EventInputSignedOut.fromJson(json);
    if (json is Map && json['type'] == 'moved-to') return EventInputMovedTo.fromJson(json);
    if (json is Map && json['type'] == 'renamed') return EventInputRenamed.fromJson(json);
    throw FormatException('A value is no EventInput', json);
  }

  Object? toJson();
}

final class EventInputSignedOut extends EventInput {
  const EventInputSignedOut();

  factory EventInputSignedOut.fromJson(Object? json) {
    return const EventInputSignedOut();
  }

  @override
  Map<String, Object?> toJson() => {
    'type': 'signed-out',
  };
}

/// A move.
final class EventInputMovedTo extends EventInput {
  const EventInputMovedTo({required this.x, required this.y});

  factory EventInputMovedTo.fromJson(Object? json) {
    final members = json as Map;
    return EventInputMovedTo(
      x: (members['x'] as num).toDouble(),
      y: (members['y'] as num).toDouble(),
    );
  }

  final double x;

  final double y;

  @override
  Map<String, Object?> toJson() => {
    'type': 'moved-to',
    'x': x,
    'y': y,
  };
}

final class EventInputRenamed extends EventInput {
  const EventInputRenamed({this.from, required this.to});

  factory EventInputRenamed.fromJson(Object? json) {
    final members = json as Map;
    return EventInputRenamed(
      from: members['from'] == null ? null : members['from'] as String,
      to: members['to'] as String,
    );
  }

  final String? from;

  final String to;

  @override
  Map<String, Object?> toJson() => {
    'type': 'renamed',
    if (from case final some?) 'from': some,
    'to': to,
  };
}

/// Every kind of type.
final class Everything {
  const Everything({required this.text, required this.yes, required this.small, required this.signed, required this.big, required this.exact, required this.unsigned, required this.real, required this.letter, required this.nothing, required this.anything, required this.bytes, required this.list, required this.set, required this.pair, required this.triple, required this.map, required this.numbered, this.maybe, this.sometimes, required this.withDefault, required this.color, required this.shape, required this.event, required this.change, required this.loose, required this.id, required this.page, required this.otherPage, required this.tree, this.next, required this.day, required this.createdBy, required this.createdAt, required this.class_, required this.snakeCase, required this.withDash});

  factory Everything.fromJson(Object? json) {
    final members = json as Map;
    return Everything(
      text: members['text'] as String,
      yes: members['yes'] as bool,
      small: _integer(members['small']),
      signed: _integer(members['signed']),
      big: _integer(members['big']),
      exact: _integer(members['exact']),
      unsigned: _integer(members['unsigned']),
      real: (members['real'] as num).toDouble(),
      letter: members['letter'] as String,
      nothing: members['nothing'] as Null,
      anything: members['anything'],
      bytes: [for (final item0 in members['bytes'] as List) _integer(item0)],
      list: [for (final item0 in members['list'] as List) item0 as String],
      set: [for (final item0 in members['set'] as List) _integer(item0)],
      pair: ((members['pair'] as List)[0] as String, ((members['pair'] as List)[1] as num).toDouble(),),
      triple: [for (final item0 in members['triple'] as List) (item0 as num).toDouble()],
      map: {for (final entry0 in (members['map'] as Map).entries) entry0.key as String: _integer(entry0.value)},
      numbered: {for (final entry0 in (members['numbered'] as Map).entries) entry0.key as String: Color.fromJson(entry0.value)},
      maybe: members['maybe'] == null ? null : members['maybe'] as String,
      sometimes: members['sometimes'] == null ? null : Point.fromJson(members['sometimes']),
      withDefault: _integer(members['withDefault']),
      color: Color.fromJson(members['color']),
      shape: Shape.fromJson(members['shape']),
      event: Event.fromJson(members['event']),
      change: Change.fromJson(members['change']),
      loose: Loose.fromJson(members['loose']),
      id: members['id'] as String,
      page: Page.fromJson(members['page']),
      otherPage: Page2.fromJson(members['otherPage']),
      tree: Tree.fromJson(members['tree']),
      next: members['next'] == null ? null : Node.fromJson(members['next']),
      day: members['day'] as String,
      createdBy: members['createdBy'] as String,
      createdAt: members['createdAt'] as String,
      class_: members['class'] as String,
      snakeCase: members['snakeCase'] as bool,
      withDash: members['with-dash'] as bool,
    );
  }

  /// A text.
  final String text;

  final bool yes;

  final int small;

  final int signed;

  /// A 64-bit integer: on the web exact up to 2^53 - 1.
  final int big;

  /// A 64-bit integer: on the web exact up to 2^53 - 1.
  final int exact;

  /// A 64-bit integer: on the web exact up to 2^53 - 1.
  final int unsigned;

  final double real;

  final String letter;

  final Null nothing;

  final Object? anything;

  final List<int> bytes;

  final List<String> list;

  final List<int> set;

  final (String, double,) pair;

  final List<double> triple;

  final Map<String, int> map;

  final Map<String, Color> numbered;

  /// May be null, or absent in a request.
  final String? maybe;

  final Point? sometimes;

  final int withDefault;

  final Color color;

  final Shape shape;

  final Event event;

  final Change change;

  final Loose loose;

  final UserId id;

  final Page page;

  final Page2 otherPage;

  final Tree tree;

  final Node? next;

  final String day;

  final UserId createdBy;

  final String createdAt;

  final String class_;

  final bool snakeCase;

  final bool withDash;

  Map<String, Object?> toJson() => {
    'text': text,
    'yes': yes,
    'small': small,
    'signed': signed,
    'big': big,
    'exact': exact,
    'unsigned': unsigned,
    'real': real,
    'letter': letter,
    'nothing': nothing,
    'anything': anything,
    'bytes': bytes,
    'list': list,
    'set': set,
    'pair': [pair.$1, pair.$2],
    'triple': triple,
    'map': map,
    'numbered': {for (final entry0 in numbered.entries) entry0.key: entry0.value.toJson()},
    if (maybe case final some?) 'maybe': some,
    if (sometimes case final some?) 'sometimes': some.toJson(),
    'withDefault': withDefault,
    'color': color.toJson(),
    'shape': shape.toJson(),
    'event': event.toJson(),
    'change': change.toJson(),
    'loose': loose.toJson(),
    'id': id,
    'page': page.toJson(),
    'otherPage': otherPage.toJson(),
    'tree': tree.toJson(),
    if (next case final some?) 'next': some.toJson(),
    'day': day,
    'createdBy': createdBy,
    'createdAt': createdAt,
    'class': class_,
    'snakeCase': snakeCase,
    'with-dash': withDash,
  };
}

/// Every kind of type.
final class EverythingInput {
  const EverythingInput({required this.text, required this.yes, required this.small, required this.signed, required this.big, required this.exact, required this.unsigned, required this.real, required this.letter, required this.nothing, required this.anything, required this.bytes, required this.list, required this.set, required this.pair, required this.triple, required this.map, required this.numbered, this.maybe, this.sometimes, this.withDefault, required this.color, required this.shape, required this.event, required this.change, required this.loose, required this.id, required this.page, required this.otherPage, required this.tree, this.next, required this.day, required this.createdBy, required this.createdAt, required this.class_, required this.snakeCase, required this.withDash});

  factory EverythingInput.fromJson(Object? json) {
    final members = json as Map;
    return EverythingInput(
      text: members['text'] as String,
      yes: members['yes'] as bool,
      small: _integer(members['small']),
      signed: _integer(members['signed']),
      big: _integer(members['big']),
      exact: _integer(members['exact']),
      unsigned: _integer(members['unsigned']),
      real: (members['real'] as num).toDouble(),
      letter: members['letter'] as String,
      nothing: members['nothing'] as Null,
      anything: members['anything'],
      bytes: [for (final item0 in members['bytes'] as List) _integer(item0)],
      list: [for (final item0 in members['list'] as List) item0 as String],
      set: [for (final item0 in members['set'] as List) _integer(item0)],
      pair: ((members['pair'] as List)[0] as String, ((members['pair'] as List)[1] as num).toDouble(),),
      triple: [for (final item0 in members['triple'] as List) (item0 as num).toDouble()],
      map: {for (final entry0 in (members['map'] as Map).entries) entry0.key as String: _integer(entry0.value)},
      numbered: {for (final entry0 in (members['numbered'] as Map).entries) entry0.key as String: Color.fromJson(entry0.value)},
      maybe: members['maybe'] == null ? null : members['maybe'] as String,
      sometimes: members['sometimes'] == null ? null : Point.fromJson(members['sometimes']),
      withDefault: members['withDefault'] == null ? null : _integer(members['withDefault']),
      color: Color.fromJson(members['color']),
      shape: Shape.fromJson(members['shape']),
      event: EventInput.fromJson(members['event']),
      change: Change.fromJson(members['change']),
      loose: Loose.fromJson(members['loose']),
      id: members['id'] as String,
      page: PageInput.fromJson(members['page']),
      otherPage: Page2Input.fromJson(members['otherPage']),
      tree: Tree.fromJson(members['tree']),
      next: members['next'] == null ? null : NodeInput.fromJson(members['next']),
      day: members['day'] as String,
      createdBy: members['createdBy'] as String,
      createdAt: members['createdAt'] as String,
      class_: members['class'] as String,
      snakeCase: members['snakeCase'] as bool,
      withDash: members['with-dash'] as bool,
    );
  }

  /// A text.
  final String text;

  final bool yes;

  final int small;

  final int signed;

  /// A 64-bit integer: on the web exact up to 2^53 - 1.
  final int big;

  /// A 64-bit integer: on the web exact up to 2^53 - 1.
  final int exact;

  /// A 64-bit integer: on the web exact up to 2^53 - 1.
  final int unsigned;

  final double real;

  final String letter;

  final Null nothing;

  final Object? anything;

  final List<int> bytes;

  final List<String> list;

  final List<int> set;

  final (String, double,) pair;

  final List<double> triple;

  final Map<String, int> map;

  final Map<String, Color> numbered;

  /// May be null, or absent in a request.
  final String? maybe;

  final Point? sometimes;

  /// Default: `1`.
  final int? withDefault;

  final Color color;

  final Shape shape;

  final EventInput event;

  final Change change;

  final Loose loose;

  final UserId id;

  final PageInput page;

  final Page2Input otherPage;

  final Tree tree;

  final NodeInput? next;

  final String day;

  final UserId createdBy;

  final String createdAt;

  final String class_;

  final bool snakeCase;

  final bool withDash;

  Map<String, Object?> toJson() => {
    'text': text,
    'yes': yes,
    'small': small,
    'signed': signed,
    'big': big,
    'exact': exact,
    'unsigned': unsigned,
    'real': real,
    'letter': letter,
    'nothing': nothing,
    'anything': anything,
    'bytes': bytes,
    'list': list,
    'set': set,
    'pair': [pair.$1, pair.$2],
    'triple': triple,
    'map': map,
    'numbered': {for (final entry0 in numbered.entries) entry0.key: entry0.value.toJson()},
    if (maybe case final some?) 'maybe': some,
    if (sometimes case final some?) 'sometimes': some.toJson(),
    if (withDefault case final some?) 'withDefault': some,
    'color': color.toJson(),
    'shape': shape.toJson(),
    'event': event.toJson(),
    'change': change.toJson(),
    'loose': loose.toJson(),
    'id': id,
    'page': page.toJson(),
    'otherPage': otherPage.toJson(),
    'tree': tree.toJson(),
    if (next case final some?) 'next': some.toJson(),
    'day': day,
    'createdBy': createdBy,
    'createdAt': createdAt,
    'class': class_,
    'snakeCase': snakeCase,
    'with-dash': withDash,
  };
}

/// Without a tag.
sealed class Loose {
  const Loose();

  factory Loose.fromJson(Object? json) {
    try {
      return LooseNumber((json as num).toDouble());
    } catch (_) {
      // Another variant.
    }
    try {
      return LooseText(json as String);
    } catch (_) {
      // Another variant.
    }
    try {
      return LoosePoint(Point.fromJson(json));
    } catch (_) {
      // Another variant.
    }
    try {
      return LooseList([for (final item0 in json as List) item0 as bool]);
    } catch (_) {
      // Another variant.
    }
    throw FormatException('A value is no Loose', json);
  }

  Object? toJson();
}

final class LooseNumber extends Loose {
  const LooseNumber(this.value);

  final double value;

  @override
  Object? toJson() => value;
}

final class LooseText extends Loose {
  const LooseText(this.value);

  final String value;

  @override
  Object? toJson() => value;
}

final class LoosePoint extends Loose {
  const LoosePoint(this.value);

  final Point value;

  @override
  Object? toJson() => value.toJson();
}

final class LooseList extends Loose {
  const LooseList(this.value);

  final List<bool> value;

  @override
  Object? toJson() => value;
}

/// Recursive without a list.
final class Node {
  const Node({required this.value, this.next});

  factory Node.fromJson(Object? json) {
    final members = json as Map;
    return Node(
      value: _integer(members['value']),
      next: members['next'] == null ? null : Node.fromJson(members['next']),
    );
  }

  final int value;

  final Node? next;

  Map<String, Object?> toJson() => {
    'value': value,
    if (next case final some?) 'next': some.toJson(),
  };
}

/// Recursive without a list.
final class NodeInput {
  const NodeInput({required this.value, this.next});

  factory NodeInput.fromJson(Object? json) {
    final members = json as Map;
    return NodeInput(
      value: _integer(members['value']),
      next: members['next'] == null ? null : NodeInput.fromJson(members['next']),
    );
  }

  final int value;

  final NodeInput? next;

  Map<String, Object?> toJson() => {
    'value': value,
    if (next case final some?) 'next': some.toJson(),
  };
}

/// Some of many.
final class Page {
  const Page({required this.items, this.nextPage});

  factory Page.fromJson(Object? json) {
    final members = json as Map;
    return Page(
      items: [for (final item0 in members['items'] as List) Point.fromJson(item0)],
      nextPage: members['nextPage'] == null ? null : members['nextPage'] as String,
    );
  }

  final List<Point> items;

  final String? nextPage;

  Map<String, Object?> toJson() => {
    'items': [for (final item0 in items) item0.toJson()],
    if (nextPage case final some?) 'nextPage': some,
  };
}

/// Some of many.
final class Page2 {
  const Page2({required this.items, this.nextPage});

  factory Page2.fromJson(Object? json) {
    final members = json as Map;
    return Page2(
      items: [for (final item0 in members['items'] as List) item0 as String],
      nextPage: members['nextPage'] == null ? null : members['nextPage'] as String,
    );
  }

  final List<String> items;

  final String? nextPage;

  Map<String, Object?> toJson() => {
    'items': items,
    if (nextPage case final some?) 'nextPage': some,
  };
}

/// Some of many.
final class Page2Input {
  const Page2Input({required this.items, this.nextPage});

  factory Page2Input.fromJson(Object? json) {
    final members = json as Map;
    return Page2Input(
      items: [for (final item0 in members['items'] as List) item0 as String],
      nextPage: members['nextPage'] == null ? null : members['nextPage'] as String,
    );
  }

  final List<String> items;

  final String? nextPage;

  Map<String, Object?> toJson() => {
    'items': items,
    if (nextPage case final some?) 'nextPage': some,
  };
}

/// Some of many.
final class PageInput {
  const PageInput({required this.items, this.nextPage});

  factory PageInput.fromJson(Object? json) {
    final members = json as Map;
    return PageInput(
      items: [for (final item0 in members['items'] as List) Point.fromJson(item0)],
      nextPage: members['nextPage'] == null ? null : members['nextPage'] as String,
    );
  }

  final List<Point> items;

  final String? nextPage;

  Map<String, Object?> toJson() => {
    'items': [for (final item0 in items) item0.toJson()],
    if (nextPage case final some?) 'nextPage': some,
  };
}

final class Point {
  const Point({required this.x, required this.y});

  factory Point.fromJson(Object? json) {
    final members = json as Map;
    return Point(
      x: (members['x'] as num).toDouble(),
      y: (members['y'] as num).toDouble(),
    );
  }

  final double x;

  final double y;

  Map<String, Object?> toJson() => {
    'x': x,
    'y': y,
  };
}

/// Why the callable gives nothing back.
sealed class Refusal {
  const Refusal();

  factory Refusal.fromJson(Object? json) {
    if (json is Map && json['reason'] == 'reserved') return RefusalReserved.fromJson(json);
    throw FormatException('A value is no Refusal', json);
  }

  Object? toJson();
}

final class RefusalReserved extends Refusal {
  const RefusalReserved({required this.word});

  factory RefusalReserved.fromJson(Object? json) {
    final members = json as Map;
    return RefusalReserved(
      word: members['word'] as String,
    );
  }

  final String word;

  @override
  Map<String, Object?> toJson() => {
    'reason': 'reserved',
    'word': word,
  };
}

/// Tagged outside: serde's default.
sealed class Shape {
  const Shape();

  factory Shape.fromJson(Object? json) {
    if (json == 'nothing') return const ShapeNothing();
    if (json is Map && json.containsKey('square')) return ShapeSquare((json['square'] as num).toDouble());
    if (json is Map && json.containsKey('line')) return ShapeLine((Point.fromJson((json['line'] as List)[0]), Point.fromJson((json['line'] as List)[1]),));
    if (json is Map && json.containsKey('circle')) return ShapeCircleCase(ShapeCircle.fromJson(json['circle']));
    throw FormatException('A value is no Shape', json);
  }

  Object? toJson();
}

final class ShapeNothing extends Shape {
  const ShapeNothing();

  @override
  String toJson() => 'nothing';
}

final class ShapeSquare extends Shape {
  const ShapeSquare(this.value);

  final double value;

  @override
  Object? toJson() => {'square': value};
}

final class ShapeLine extends Shape {
  const ShapeLine(this.value);

  final (Point, Point,) value;

  @override
  Object? toJson() => {'line': [value.$1.toJson(), value.$2.toJson()]};
}

/// Round.
final class ShapeCircleCase extends Shape {
  const ShapeCircleCase(this.value);

  final ShapeCircle value;

  @override
  Object? toJson() => {'circle': value.toJson()};
}

final class ShapeCircle {
  const ShapeCircle({required this.center, required this.radius});

  factory ShapeCircle.fromJson(Object? json) {
    final members = json as Map;
    return ShapeCircle(
      center: Point.fromJson(members['center']),
      radius: (members['radius'] as num).toDouble(),
    );
  }

  final Point center;

  final double radius;

  Map<String, Object?> toJson() => {
    'center': center.toJson(),
    'radius': radius,
  };
}

/// Recursive in a list.
final class Tree {
  const Tree({required this.name, required this.children});

  factory Tree.fromJson(Object? json) {
    final members = json as Map;
    return Tree(
      name: members['name'] as String,
      children: [for (final item0 in members['children'] as List) Tree.fromJson(item0)],
    );
  }

  final String name;

  final List<Tree> children;

  Map<String, Object?> toJson() => {
    'name': name,
    'children': [for (final item0 in children) item0.toJson()],
  };
}

/// The id of a user.
typedef UserId = String;

/// All callables of the project. The argument is a `FirebaseFunctions`.
final class Callables {
  const Callables(this._functions);

  final sdk.FirebaseFunctions _functions;

  /// Gives back what it gets. A streaming client gets it as a chunk, too.
  ///
  /// The text `refuse` is refused.
  Future<Everything> everyType(EverythingInput input) async {
    final result = await _functions.httpsCallable('everyType').call<Object?>(input.toJson());
    return Everything.fromJson(result.data);
  }

  /// The chunks of `everyType` as they come, and at last its result.
  Stream<Streamed<Everything, Everything>> everyTypeStream(EverythingInput input) =>
    _functions.httpsCallable('everyType').stream<Object?, Object?>(input.toJson()).map(
      (part) => switch (part) {
        sdk.Chunk(:final partialData) => Next(Everything.fromJson(partialData)),
        sdk.Result(:final result) => Last(Everything.fromJson(result.data)),
      },
    );
}

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

/// An integer, also as JavaScript has it.
int _integer(Object? json) => switch (json) {
  final int value => value,
  final double value when value == value.truncateToDouble() => value.toInt(),
  _ => throw FormatException('A value is no integer', json),
};
