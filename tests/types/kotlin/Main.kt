// Calls the function at the URL with values of every type, and prints what does not come back as it was.

import com.google.firebase.functions.FirebaseFunctions
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.runBlocking
import kotlinx.serialization.json.*

private val first = EverythingInput(
    text = "Grüße 🦀", yes = true, small = 255, signed = Int.MIN_VALUE, big = 1L shl 53, exact = 9_007_199_254_740_993,
    unsigned = 1, real = 0.1, letter = "🦀", nothing = JsonNull,
    anything = Json.parseToJsonElement("""{"a":[1,"x",null,{"b":false}]}"""), bytes = listOf(0, 255), list = listOf("", "a"),
    set = listOf(1, 4_294_967_295), pair = Tuple2("a", -1.5), triple = listOf(1.0, 2.5, -3e-7), map = mapOf("a" to 1),
    numbered = mapOf("20" to Color.DarkGreen), maybe = "there", sometimes = Point(1.0, 2.0), withDefault = 7, color = Color.Red,
    shape = Shape.Circle(ShapeCircle(Point(0.0, 0.0), 1.5)), event = EventInput.Renamed(null, "b"),
    change = Change.At(ChangeAtValue(1, 2)), loose = Loose.ListCase(listOf(true)), id = "user-1",
    page = PageInput(listOf(Point(1.0, 1.0)), "p2"), otherPage = Page2Input(listOf("a")),
    tree = Tree("root", listOf(Tree("leaf", emptyList()))), next = NodeInput(1, NodeInput(2)), day = "2026-02-28", createdBy = "user-2",
    createdAt = "2026-11-27T00:00:00Z", `class` = "first", snakeCase = false, withDash = true,
)

private val inputs = listOf(
    first,
    first.copy(
        maybe = null, sometimes = null, next = null, shape = Shape.NothingCase, event = EventInput.SignedOut,
        change = Change.Cleared, loose = Loose.NumberCase(1.5), anything = JsonNull,
    ),
    first.copy(
        shape = Shape.Square(2.0), event = EventInput.MovedTo(1.0, -1.0), change = Change.Text("x"),
        loose = Loose.Text("12"), anything = JsonPrimitive("x"),
    ),
    first.copy(shape = Shape.Line(Tuple2(Point(0.0, 0.0), Point(1.0, 1.0))), loose = Loose.PointCase(Point(1.0, 2.0))),
)

private val json = Json { explicitNulls = false }

fun main(arguments: Array<String>): Unit = runBlocking {
    val callables = Callables(FirebaseFunctions(arguments.single()))
    for (input in inputs) {
        val sent = json.encodeToJsonElement(EverythingInput.serializer(), input)
        val output = callables.everyType(input)
        check(output.exact == 9_007_199_254_740_993) { "not exact: ${output.exact}" }
        val came = json.encodeToJsonElement(Everything.serializer(), output)
        check(came == sent) { "sent $sent\ncame $came" }
        val parts = callables.everyTypeStream(input).toList()
        check(parts == listOf(Streamed.Next(output), Streamed.Last(output))) { "parts: $parts" }
    }
    println("${inputs.size} values came back as they were")
}
