// Written by `cargo callable types` from the Rust sources. Do not edit: it is written again.
import FirebaseFunctions
import Foundation

/// Tagged beside.
public enum Change: Codable, Sendable {
    case cleared
    case text(Text)
    case at(At)

    public struct Text: Codable, Sendable {
        public let value: String

        public init(value: String) {
            self.value = value
        }

        private enum CodingKeys: String, CodingKey {
            case value = "value"
        }
    }

    public struct At: Codable, Sendable {
        public let value: ChangeAtValue

        public init(value: ChangeAtValue) {
            self.value = value
        }

        private enum CodingKeys: String, CodingKey {
            case value = "value"
        }
    }

    public init(from decoder: Decoder) throws {
        let members = try decoder.container(keyedBy: JSONKey.self)
        switch try members.decode(String.self, forKey: JSONKey("kind")) {
            case "cleared": self = .cleared
            case "text": self = .text(try Text(from: decoder))
            case "at": self = .at(try At(from: decoder))
            case let other: throw JSONKey.unknown(other, of: "Change", in: decoder)
        }
    }

    public func encode(to encoder: Encoder) throws {
        switch self {
            case .cleared:
                var members = encoder.container(keyedBy: JSONKey.self)
                try members.encode("cleared", forKey: JSONKey("kind"))
            case .text(let value):
                var members = encoder.container(keyedBy: JSONKey.self)
                try members.encode("text", forKey: JSONKey("kind"))
                try value.encode(to: encoder)
            case .at(let value):
                var members = encoder.container(keyedBy: JSONKey.self)
                try members.encode("at", forKey: JSONKey("kind"))
                try value.encode(to: encoder)
        }
    }
}

public struct ChangeAtValue: Codable, Sendable {
    public let line: Int
    public let column: Int

    public init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    private enum CodingKeys: String, CodingKey {
        case line = "line"
        case column = "column"
    }
}

/// An enum of names.
public enum Color: String, Codable, Sendable, CaseIterable {
    case darkGreen = "DARK_GREEN"
    /// As blood.
    case red = "RED"
}

/// Tagged inside.
public enum Event: Codable, Sendable {
    case signedOut
    /// A move.
    case movedTo(MovedTo)
    case renamed(Renamed)

    public struct MovedTo: Codable, Sendable {
        public let x: Double
        public let y: Double

        public init(x: Double, y: Double) {
            self.x = x
            self.y = y
        }

        private enum CodingKeys: String, CodingKey {
            case x = "x"
            case y = "y"
        }
    }

    public struct Renamed: Codable, Sendable {
        public let from: String?
        public let to: String

        public init(from: String? = nil, to: String) {
            self.from = from
            self.to = to
        }

        private enum CodingKeys: String, CodingKey {
            case from = "from"
            case to = "to"
        }
    }

    public init(from decoder: Decoder) throws {
        let members = try decoder.container(keyedBy: JSONKey.self)
        switch try members.decode(String.self, forKey: JSONKey("type")) {
            case "signed-out": self = .signedOut
            case "moved-to": self = .movedTo(try MovedTo(from: decoder))
            case "renamed": self = .renamed(try Renamed(from: decoder))
            case let other: throw JSONKey.unknown(other, of: "Event", in: decoder)
        }
    }

    public func encode(to encoder: Encoder) throws {
        switch self {
            case .signedOut:
                var members = encoder.container(keyedBy: JSONKey.self)
                try members.encode("signed-out", forKey: JSONKey("type"))
            case .movedTo(let value):
                var members = encoder.container(keyedBy: JSONKey.self)
                try members.encode("moved-to", forKey: JSONKey("type"))
                try value.encode(to: encoder)
            case .renamed(let value):
                var members = encoder.container(keyedBy: JSONKey.self)
                try members.encode("renamed", forKey: JSONKey("type"))
                try value.encode(to: encoder)
        }
    }
}

/// Tagged inside.
public enum EventInput: Codable, Sendable {
    case signedOut
    /// A move.
    case movedTo(MovedTo)
    case renamed(Renamed)

    public struct MovedTo: Codable, Sendable {
        public let x: Double
        public let y: Double

        public init(x: Double, y: Double) {
            self.x = x
            self.y = y
        }

        private enum CodingKeys: String, CodingKey {
            case x = "x"
            case y = "y"
        }
    }

    public struct Renamed: Codable, Sendable {
        public let from: String?
        public let to: String

        public init(from: String? = nil, to: String) {
            self.from = from
            self.to = to
        }

        private enum CodingKeys: String, CodingKey {
            case from = "from"
            case to = "to"
        }
    }

    public init(from decoder: Decoder) throws {
        let members = try decoder.container(keyedBy: JSONKey.self)
        switch try members.decode(String.self, forKey: JSONKey("type")) {
            case "signed-out": self = .signedOut
            case "moved-to": self = .movedTo(try MovedTo(from: decoder))
            case "renamed": self = .renamed(try Renamed(from: decoder))
            case let other: throw JSONKey.unknown(other, of: "EventInput", in: decoder)
        }
    }

    public func encode(to encoder: Encoder) throws {
        switch self {
            case .signedOut:
                var members = encoder.container(keyedBy: JSONKey.self)
                try members.encode("signed-out", forKey: JSONKey("type"))
            case .movedTo(let value):
                var members = encoder.container(keyedBy: JSONKey.self)
                try members.encode("moved-to", forKey: JSONKey("type"))
                try value.encode(to: encoder)
            case .renamed(let value):
                var members = encoder.container(keyedBy: JSONKey.self)
                try members.encode("renamed", forKey: JSONKey("type"))
                try value.encode(to: encoder)
        }
    }
}

/// Every kind of type.
public struct Everything: Codable, Sendable {
    /// A text.
    public let text: String
    public let yes: Bool
    public let small: Int
    public let signed: Int
    /// A 64-bit integer: the answer is read from a JSON number, exact up to 2^53.
    public let big: Int64
    public let exact: Int64
    /// A 64-bit integer: the answer is read from a JSON number, exact up to 2^53.
    public let unsigned: UInt64
    public let real: Double
    public let letter: String
    public let nothing: JSONNull
    public let anything: JSONValue
    public let bytes: [Int]
    public let list: [String]
    public let set: [Int]
    public let pair: Tuple2<String, Double>
    public let triple: [Double]
    public let map: [String: Int]
    public let numbered: [String: Color]
    /// May be null, or absent in a request.
    public let maybe: String?
    public let sometimes: Point?
    public let withDefault: Int
    public let color: Color
    public let shape: Shape
    public let event: Event
    public let change: Change
    public let loose: Loose
    public let id: UserId
    public let page: Page
    public let otherPage: Page2
    public let tree: Tree
    public let next: Node?
    public let day: String
    public let createdBy: UserId
    public let createdAt: String
    public let `class`: String
    public let snakeCase: Bool
    public let withDash: Bool

    public init(text: String, yes: Bool, small: Int, signed: Int, big: Int64, exact: Int64, unsigned: UInt64, real: Double, letter: String, nothing: JSONNull, anything: JSONValue, bytes: [Int], list: [String], set: [Int], pair: Tuple2<String, Double>, triple: [Double], map: [String: Int], numbered: [String: Color], maybe: String? = nil, sometimes: Point? = nil, withDefault: Int, color: Color, shape: Shape, event: Event, change: Change, loose: Loose, id: UserId, page: Page, otherPage: Page2, tree: Tree, next: Node? = nil, day: String, createdBy: UserId, createdAt: String, `class`: String, snakeCase: Bool, withDash: Bool) {
        self.text = text
        self.yes = yes
        self.small = small
        self.signed = signed
        self.big = big
        self.exact = exact
        self.unsigned = unsigned
        self.real = real
        self.letter = letter
        self.nothing = nothing
        self.anything = anything
        self.bytes = bytes
        self.list = list
        self.set = set
        self.pair = pair
        self.triple = triple
        self.map = map
        self.numbered = numbered
        self.maybe = maybe
        self.sometimes = sometimes
        self.withDefault = withDefault
        self.color = color
        self.shape = shape
        self.event = event
        self.change = change
        self.loose = loose
        self.id = id
        self.page = page
        self.otherPage = otherPage
        self.tree = tree
        self.next = next
        self.day = day
        self.createdBy = createdBy
        self.createdAt = createdAt
        self.class = `class`
        self.snakeCase = snakeCase
        self.withDash = withDash
    }

    private enum CodingKeys: String, CodingKey {
        case text = "text"
        case yes = "yes"
        case small = "small"
        case signed = "signed"
        case big = "big"
        case exact = "exact"
        case unsigned = "unsigned"
        case real = "real"
        case letter = "letter"
        case nothing = "nothing"
        case anything = "anything"
        case bytes = "bytes"
        case list = "list"
        case set = "set"
        case pair = "pair"
        case triple = "triple"
        case map = "map"
        case numbered = "numbered"
        case maybe = "maybe"
        case sometimes = "sometimes"
        case withDefault = "withDefault"
        case color = "color"
        case shape = "shape"
        case event = "event"
        case change = "change"
        case loose = "loose"
        case id = "id"
        case page = "page"
        case otherPage = "otherPage"
        case tree = "tree"
        case next = "next"
        case day = "day"
        case createdBy = "createdBy"
        case createdAt = "createdAt"
        case `class` = "class"
        case snakeCase = "snakeCase"
        case withDash = "with-dash"
    }
}

/// Every kind of type.
public struct EverythingInput: Codable, Sendable {
    /// A text.
    public let text: String
    public let yes: Bool
    public let small: Int
    public let signed: Int
    /// A 64-bit integer: the answer is read from a JSON number, exact up to 2^53.
    public let big: Int64
    public let exact: Int64
    /// A 64-bit integer: the answer is read from a JSON number, exact up to 2^53.
    public let unsigned: UInt64
    public let real: Double
    public let letter: String
    public let nothing: JSONNull
    public let anything: JSONValue
    public let bytes: [Int]
    public let list: [String]
    public let set: [Int]
    public let pair: Tuple2<String, Double>
    public let triple: [Double]
    public let map: [String: Int]
    public let numbered: [String: Color]
    /// May be null, or absent in a request.
    public let maybe: String?
    public let sometimes: Point?
    /// Default: `1`.
    public let withDefault: Int?
    public let color: Color
    public let shape: Shape
    public let event: EventInput
    public let change: Change
    public let loose: Loose
    public let id: UserId
    public let page: PageInput
    public let otherPage: Page2Input
    public let tree: Tree
    public let next: NodeInput?
    public let day: String
    public let createdBy: UserId
    public let createdAt: String
    public let `class`: String
    public let snakeCase: Bool
    public let withDash: Bool

    public init(text: String, yes: Bool, small: Int, signed: Int, big: Int64, exact: Int64, unsigned: UInt64, real: Double, letter: String, nothing: JSONNull, anything: JSONValue, bytes: [Int], list: [String], set: [Int], pair: Tuple2<String, Double>, triple: [Double], map: [String: Int], numbered: [String: Color], maybe: String? = nil, sometimes: Point? = nil, withDefault: Int? = nil, color: Color, shape: Shape, event: EventInput, change: Change, loose: Loose, id: UserId, page: PageInput, otherPage: Page2Input, tree: Tree, next: NodeInput? = nil, day: String, createdBy: UserId, createdAt: String, `class`: String, snakeCase: Bool, withDash: Bool) {
        self.text = text
        self.yes = yes
        self.small = small
        self.signed = signed
        self.big = big
        self.exact = exact
        self.unsigned = unsigned
        self.real = real
        self.letter = letter
        self.nothing = nothing
        self.anything = anything
        self.bytes = bytes
        self.list = list
        self.set = set
        self.pair = pair
        self.triple = triple
        self.map = map
        self.numbered = numbered
        self.maybe = maybe
        self.sometimes = sometimes
        self.withDefault = withDefault
        self.color = color
        self.shape = shape
        self.event = event
        self.change = change
        self.loose = loose
        self.id = id
        self.page = page
        self.otherPage = otherPage
        self.tree = tree
        self.next = next
        self.day = day
        self.createdBy = createdBy
        self.createdAt = createdAt
        self.class = `class`
        self.snakeCase = snakeCase
        self.withDash = withDash
    }

    private enum CodingKeys: String, CodingKey {
        case text = "text"
        case yes = "yes"
        case small = "small"
        case signed = "signed"
        case big = "big"
        case exact = "exact"
        case unsigned = "unsigned"
        case real = "real"
        case letter = "letter"
        case nothing = "nothing"
        case anything = "anything"
        case bytes = "bytes"
        case list = "list"
        case set = "set"
        case pair = "pair"
        case triple = "triple"
        case map = "map"
        case numbered = "numbered"
        case maybe = "maybe"
        case sometimes = "sometimes"
        case withDefault = "withDefault"
        case color = "color"
        case shape = "shape"
        case event = "event"
        case change = "change"
        case loose = "loose"
        case id = "id"
        case page = "page"
        case otherPage = "otherPage"
        case tree = "tree"
        case next = "next"
        case day = "day"
        case createdBy = "createdBy"
        case createdAt = "createdAt"
        case `class` = "class"
        case snakeCase = "snakeCase"
        case withDash = "with-dash"
    }
}

/// Without a tag.
public enum Loose: Codable, Sendable {
    case number(Double)
    case text(String)
    case point(Point)
    case list([Bool])

    public init(from decoder: Decoder) throws {
        if let value = try? Double(from: decoder) { self = .number(value); return }
        if let value = try? String(from: decoder) { self = .text(value); return }
        if let value = try? Point(from: decoder) { self = .point(value); return }
        if let value = try? [Bool](from: decoder) { self = .list(value); return }
        throw JSONKey.unknown("value", of: "Loose", in: decoder)
    }

    public func encode(to encoder: Encoder) throws {
        switch self {
            case .number(let value):
                try value.encode(to: encoder)
            case .text(let value):
                try value.encode(to: encoder)
            case .point(let value):
                try value.encode(to: encoder)
            case .list(let value):
                try value.encode(to: encoder)
        }
    }
}

/// Recursive without a list.
public final class Node: Codable, Sendable {
    public let value: Int
    public let next: Node?

    public init(value: Int, next: Node? = nil) {
        self.value = value
        self.next = next
    }

    private enum CodingKeys: String, CodingKey {
        case value = "value"
        case next = "next"
    }
}

/// Recursive without a list.
public final class NodeInput: Codable, Sendable {
    public let value: Int
    public let next: NodeInput?

    public init(value: Int, next: NodeInput? = nil) {
        self.value = value
        self.next = next
    }

    private enum CodingKeys: String, CodingKey {
        case value = "value"
        case next = "next"
    }
}

/// Some of many.
public struct Page: Codable, Sendable {
    public let items: [Point]
    public let nextPage: String?

    public init(items: [Point], nextPage: String? = nil) {
        self.items = items
        self.nextPage = nextPage
    }

    private enum CodingKeys: String, CodingKey {
        case items = "items"
        case nextPage = "nextPage"
    }
}

/// Some of many.
public struct Page2: Codable, Sendable {
    public let items: [String]
    public let nextPage: String?

    public init(items: [String], nextPage: String? = nil) {
        self.items = items
        self.nextPage = nextPage
    }

    private enum CodingKeys: String, CodingKey {
        case items = "items"
        case nextPage = "nextPage"
    }
}

/// Some of many.
public struct Page2Input: Codable, Sendable {
    public let items: [String]
    public let nextPage: String?

    public init(items: [String], nextPage: String? = nil) {
        self.items = items
        self.nextPage = nextPage
    }

    private enum CodingKeys: String, CodingKey {
        case items = "items"
        case nextPage = "nextPage"
    }
}

/// Some of many.
public struct PageInput: Codable, Sendable {
    public let items: [Point]
    public let nextPage: String?

    public init(items: [Point], nextPage: String? = nil) {
        self.items = items
        self.nextPage = nextPage
    }

    private enum CodingKeys: String, CodingKey {
        case items = "items"
        case nextPage = "nextPage"
    }
}

public struct Point: Codable, Sendable {
    public let x: Double
    public let y: Double

    public init(x: Double, y: Double) {
        self.x = x
        self.y = y
    }

    private enum CodingKeys: String, CodingKey {
        case x = "x"
        case y = "y"
    }
}

/// Why the callable gives nothing back.
public enum Refusal: Codable, Sendable {
    case reserved(Reserved)

    public struct Reserved: Codable, Sendable {
        public let word: String

        public init(word: String) {
            self.word = word
        }

        private enum CodingKeys: String, CodingKey {
            case word = "word"
        }
    }

    public init(from decoder: Decoder) throws {
        let members = try decoder.container(keyedBy: JSONKey.self)
        switch try members.decode(String.self, forKey: JSONKey("reason")) {
            case "reserved": self = .reserved(try Reserved(from: decoder))
            case let other: throw JSONKey.unknown(other, of: "Refusal", in: decoder)
        }
    }

    public func encode(to encoder: Encoder) throws {
        switch self {
            case .reserved(let value):
                var members = encoder.container(keyedBy: JSONKey.self)
                try members.encode("reserved", forKey: JSONKey("reason"))
                try value.encode(to: encoder)
        }
    }
}

/// Tagged outside: serde's default.
public enum Shape: Codable, Sendable {
    case nothing
    case square(Double)
    case line(Tuple2<Point, Point>)
    /// Round.
    case circle(ShapeCircle)

    public init(from decoder: Decoder) throws {
        if let text = try? decoder.singleValueContainer().decode(String.self) {
            switch text {
                case "nothing": self = .nothing; return
                default: break
            }
        }
        if let members = try? decoder.container(keyedBy: JSONKey.self) {
            if members.contains(JSONKey("square")) {
                self = .square(try members.decode(Double.self, forKey: JSONKey("square")))
                return
            }
            if members.contains(JSONKey("line")) {
                self = .line(try members.decode(Tuple2<Point, Point>.self, forKey: JSONKey("line")))
                return
            }
            if members.contains(JSONKey("circle")) {
                self = .circle(try members.decode(ShapeCircle.self, forKey: JSONKey("circle")))
                return
            }
        }
        throw JSONKey.unknown("value", of: "Shape", in: decoder)
    }

    public func encode(to encoder: Encoder) throws {
        switch self {
            case .nothing:
                var text = encoder.singleValueContainer()
                try text.encode("nothing")
            case .square(let value):
                var members = encoder.container(keyedBy: JSONKey.self)
                try members.encode(value, forKey: JSONKey("square"))
            case .line(let value):
                var members = encoder.container(keyedBy: JSONKey.self)
                try members.encode(value, forKey: JSONKey("line"))
            case .circle(let value):
                var members = encoder.container(keyedBy: JSONKey.self)
                try members.encode(value, forKey: JSONKey("circle"))
        }
    }
}

public struct ShapeCircle: Codable, Sendable {
    public let center: Point
    public let radius: Double

    public init(center: Point, radius: Double) {
        self.center = center
        self.radius = radius
    }

    private enum CodingKeys: String, CodingKey {
        case center = "center"
        case radius = "radius"
    }
}

/// Recursive in a list.
public struct Tree: Codable, Sendable {
    public let name: String
    public let children: [Tree]

    public init(name: String, children: [Tree]) {
        self.name = name
        self.children = children
    }

    private enum CodingKeys: String, CodingKey {
        case name = "name"
        case children = "children"
    }
}

/// The id of a user.
public typealias UserId = String

/// All callables of the project. `functions` is what `Functions.functions(customDomain:)` gives.
public struct Callables {
    private let functions: Functions

    public init(_ functions: Functions) {
        self.functions = functions
    }

    /// Gives back what it gets. A streaming client gets it as a chunk, too.
    ///
    /// The text `refuse` is refused.
    public func everyType(_ input: EverythingInput) async throws -> Everything {
        let callable: Callable<EverythingInput, Everything> = functions.httpsCallable("everyType")
        return try await callable.call(input)
    }

    /// The chunks of `everyType` as they come, and at last its result.
    @available(macOS 12.0, iOS 15.0, watchOS 8.0, tvOS 15.0, *)
    public func everyTypeStream(_ input: EverythingInput) throws -> AsyncThrowingStream<StreamResponse<Everything, Everything>, Error> {
        let callable: Callable<EverythingInput, StreamResponse<Everything, Everything>> = functions.httpsCallable("everyType")
        return try callable.stream(input)
    }
}

/// An array of 2 values.
public struct Tuple2<T1: Codable & Sendable, T2: Codable & Sendable>: Codable, Sendable {
    public let item1: T1
    public let item2: T2

    public init(_ item1: T1, _ item2: T2) {
        self.item1 = item1
        self.item2 = item2
    }

    public init(from decoder: Decoder) throws {
        var items = try decoder.unkeyedContainer()
        item1 = try items.decode(T1.self)
        item2 = try items.decode(T2.self)
    }

    public func encode(to encoder: Encoder) throws {
        var items = encoder.unkeyedContainer()
        try items.encode(item1)
        try items.encode(item2)
    }
}

/// Null, which says nothing.
public struct JSONNull: Codable, Sendable {
    public init() {}

    public init(from decoder: Decoder) throws {
        let value = try decoder.singleValueContainer()
        guard value.decodeNil() else { throw JSONKey.unknown("value", of: "JSONNull", in: decoder) }
    }

    public func encode(to encoder: Encoder) throws {
        var value = encoder.singleValueContainer()
        try value.encodeNil()
    }
}

/// Any JSON.
public indirect enum JSONValue: Codable, Sendable {
    case null
    case bool(Bool)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    public init(from decoder: Decoder) throws {
        let value = try decoder.singleValueContainer()
        if value.decodeNil() {
            self = .null
        } else if let bool = try? value.decode(Bool.self) {
            self = .bool(bool)
        } else if let number = try? value.decode(Double.self) {
            self = .number(number)
        } else if let string = try? value.decode(String.self) {
            self = .string(string)
        } else if let array = try? value.decode([JSONValue].self) {
            self = .array(array)
        } else {
            self = .object(try value.decode([String: JSONValue].self))
        }
    }

    public func encode(to encoder: Encoder) throws {
        var value = encoder.singleValueContainer()
        switch self {
        case .null: try value.encodeNil()
        case .bool(let bool): try value.encode(bool)
        case .number(let number): try value.encode(number)
        case .string(let string): try value.encode(string)
        case .array(let array): try value.encode(array)
        case .object(let object): try value.encode(object)
        }
    }
}

/// A member of an object, by its name.
private struct JSONKey: CodingKey {
    let stringValue: String
    let intValue: Int? = nil

    init(_ name: String) { stringValue = name }
    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }

    static func unknown(_ what: String, of type: String, in decoder: Decoder) -> DecodingError {
        let context = DecodingError.Context(codingPath: decoder.codingPath, debugDescription: "\(what) is no \(type)")
        return .dataCorrupted(context)
    }
}
