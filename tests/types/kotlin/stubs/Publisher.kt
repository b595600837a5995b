package org.reactivestreams

class Publisher<T>(val items: List<T>)
