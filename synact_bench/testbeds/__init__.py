"""What is probed: testbed declarations and the live models behind them."""
