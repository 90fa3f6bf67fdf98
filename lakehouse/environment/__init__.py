"""What must be there before Spark can start: fitting package versions, a Java, the JARs. Free of Spark itself."""
