extension ControlThread {
    func saveState() {}
}
